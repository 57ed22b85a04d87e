"""Fine-tuning in two stages: first the head alone, then all layers with a smaller rate."""
import torch
from torch import nn

torch.manual_seed(23)
x = torch.randn(2000, 14)
source = (x[:, :3].prod(1) + x[:, 3] > 0).long()
target = (x[:, :3].prod(1) + x[:, 4] > 0).long()
body = nn.Sequential(nn.Linear(14, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())


def fit(model, params, labels, epochs, lr):
    opt = torch.optim.Adam(params, lr=lr)
    for _ in range(epochs):
        for rows in torch.randperm(2000).split(100):
            opt.zero_grad()
            loss = nn.functional.cross_entropy(model(x[rows]), labels[rows])
            loss.backward()
            opt.step()
    return loss.item()


old = nn.Sequential(body, nn.Linear(64, 2))
print("source", fit(old, old.parameters(), source, 5, 3e-3))
new = nn.Sequential(body, nn.Linear(64, 2))
body.requires_grad_(False)
print("head", fit(new, new[1].parameters(), target, 3, 3e-3))
body.requires_grad_(True)
print("all", fit(new, new.parameters(), target, 5, 5e-4))
