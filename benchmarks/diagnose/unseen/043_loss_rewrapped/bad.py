import torch
from torch import nn
from sklearn.datasets import load_iris

torch.manual_seed(0)
X, y = load_iris(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor(y)
net = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)


def compute_loss(scores, target):
    losses = []
    for row, t in zip(scores, target):
        log_p = row - torch.logsumexp(row, dim=0)
        losses.append(-log_p[t].item())  # fault: loss-not-connected
    return torch.tensor(sum(losses) / len(losses), requires_grad=True)  # fault: loss-not-connected


for epoch in range(25):
    for idx in torch.randperm(150).split(30):
        loss = compute_loss(net(X[idx]), y[idx])  # fault: loss-not-connected
        optimizer.zero_grad()
        loss.backward()  # fault: loss-not-connected
        optimizer.step()
    if epoch % 5 == 0:
        print(epoch, loss.item(), (net(X).argmax(1) == y).float().mean().item())
