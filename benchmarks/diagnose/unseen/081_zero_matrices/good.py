# two-layer network from scratch
import torch
from sklearn.datasets import make_moons

torch.manual_seed(0)
X, Y = make_moons(500, noise=0.1, random_state=1)
X, Y = torch.tensor(X, dtype=torch.float32), torch.tensor(Y)

n_hidden = 20
W1 = torch.randn(2, n_hidden, requires_grad=True)
b1 = torch.zeros(n_hidden, requires_grad=True)
W2 = (0.3 * torch.randn(n_hidden, 2)).requires_grad_()
b2 = torch.zeros(2, requires_grad=True)
params = [W1, b1, W2, b2]
optimizer = torch.optim.SGD(params, lr=0.5)


def model(x):
    h = torch.tanh(x @ W1 + b1)
    return h @ W2 + b2


for it in range(300):
    scores = model(X)
    loss = torch.nn.functional.cross_entropy(scores, Y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if it % 60 == 59:
        print(it + 1, round(loss.item(), 4), (scores.argmax(1) == Y).float().mean().item())
