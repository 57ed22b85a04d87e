"""Fine-tuning: a trunk trained on task A is kept fixed, a new head learns task B."""
import torch
from torch import nn

torch.manual_seed(41)
x = torch.randn(1500, 10)
task_a = (x[:, 0] * x[:, 1] + x[:, 2] > 0).long()
task_b = (x[:, 0] * x[:, 1] - x[:, 3] > 0).long()
trunk = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())


def fit(net, params, target, rows, epochs):
    opt = torch.optim.Adam(params, lr=5e-3)
    for _ in range(epochs):
        for b in rows[torch.randperm(len(rows))].split(50):
            opt.zero_grad()
            loss = nn.functional.cross_entropy(net(x[b]), target[b])
            loss.backward()
            opt.step()
    return loss.item()


model_a = nn.Sequential(trunk, nn.Linear(32, 2))
print("task A", fit(model_a, model_a.parameters(), task_a, torch.arange(1200), 3))
for parameter in trunk.parameters():
    parameter.requires_grad = False
head = nn.Linear(32, 2)
model_b = nn.Sequential(trunk, head)
print("task B", fit(model_b, model_b.parameters(), task_b, torch.arange(100), 10))
print("task A afterwards", (model_a(x[1200:]).argmax(1) == task_a[1200:]).float().mean().item())
