import torch, torch.nn as nn
from sklearn.datasets import make_blobs

torch.manual_seed(0)
X, y = make_blobs(600, centers=5, cluster_std=1.2, random_state=2)
X = torch.tensor(X / 5, dtype=torch.float)
y = torch.tensor(y)
model = nn.Sequential(
    nn.Linear(2, 32),
    nn.ReLU(),
    nn.Linear(32, 5),
    nn.LogSoftmax(dim=1),
)
loss_fn = nn.NLLLoss()
opt = torch.optim.SGD(model.parameters(), lr=.1, momentum=.9)
for t in range(200):
    out = model(X)
    loss = loss_fn(out, y)
    opt.zero_grad(); loss.backward(); opt.step()
    if t % 50 == 0: print(t, loss.item(), (out.argmax(1) == y).float().mean().item())
