import torch
import torch.nn as nn
from sklearn.datasets import load_iris

iris = load_iris()
torch.manual_seed(0)
perm = torch.randperm(150)
x = torch.tensor(iris.data, dtype=torch.float32)[perm]
x = (x - x.mean(0)) / x.std(0)
y = torch.tensor(iris.target)[perm]


def nll(log_probs, target):
    return log_probs[range(target.shape[0]), target].mean()  # fault: loss-sign


class Logistic(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin1 = nn.Linear(4, 10)
        self.lin2 = nn.Linear(10, 3)

    def forward(self, xb):
        z = self.lin2(torch.tanh(self.lin1(xb)))
        return z - z.exp().sum(-1).log().unsqueeze(-1)


model, bs, lr = Logistic(), 30, 0.1
for epoch in range(20):
    for i in range(4):
        xb, yb = x[i * bs:(i + 1) * bs], y[i * bs:(i + 1) * bs]
        loss = nll(model(xb), yb)  # fault: loss-sign
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= p.grad * lr
            model.zero_grad()
    print(epoch, loss.item(), (model(x[120:]).argmax(1) == y[120:]).float().mean().item())
