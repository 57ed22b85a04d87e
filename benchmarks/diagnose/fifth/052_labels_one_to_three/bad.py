from sklearn.datasets import make_blobs
import torch
from torch import nn

X, y = make_blobs(300, centers=3, random_state=0)
X = torch.tensor((X - X.mean(0)) / X.std(0)).float()
y = torch.tensor(y + 1)  # classes 1, 2, 3  # fault: label-out-of-range
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 3))
lbfgs = torch.optim.LBFGS(net.parameters(), lr=1.0, max_iter=10, line_search_fn="strong_wolfe")


def closure():
    lbfgs.zero_grad()
    loss = nn.CrossEntropyLoss()(net(X), y)  # fault: label-out-of-range
    loss.backward()
    return loss


for _ in range(10):
    print(lbfgs.step(closure).item())
