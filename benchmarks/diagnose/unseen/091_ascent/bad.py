import torch
from torch import nn, optim
from sklearn.datasets import load_iris

torch.manual_seed(0)
X, y = load_iris(return_X_y=True)
X, y = torch.tensor((X - X.mean(0)) / X.std(0)).float(), torch.tensor(y)
model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3), nn.LogSoftmax(dim=1))
optimizer = optim.Adam(model.parameters(), lr=0.01)


def nll(log_probs, target):
    return log_probs[torch.arange(len(target)), target].mean()  # fault: loss-sign


for epoch in range(100):
    out = model(X)
    loss = nll(out, y)  # fault: loss-sign
    optimizer.zero_grad()
    loss.backward()  # fault: loss-sign
    optimizer.step()
    if epoch % 20 == 0:
        print(epoch, loss.item(), (out.argmax(1) == y).float().mean().item())
