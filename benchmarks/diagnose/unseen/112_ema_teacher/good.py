import torch
import torch.nn.functional as F
from sklearn.datasets import make_moons
from torch import nn

torch.manual_seed(0)
X, y = make_moons(700, noise=0.15, random_state=0)
X, y = torch.tensor(X).float(), torch.tensor(y)
labelled = torch.randperm(700)[:40]


def build():
    return nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))


student, mean_teacher = build(), build()
mean_teacher.load_state_dict(student.state_dict())
for p in mean_teacher.parameters():
    p.requires_grad = False
opt = torch.optim.Adam(student.parameters(), lr=5e-3)
for step in range(300):
    noisy = student(X + 0.1 * torch.randn_like(X))
    with torch.no_grad():
        goal = F.softmax(mean_teacher(X), dim=1)
    consistency = F.mse_loss(F.softmax(noisy, dim=1), goal)
    loss = F.cross_entropy(student(X[labelled]), y[labelled]) + min(1.0, step / 100) * consistency
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        for s, t in zip(student.parameters(), mean_teacher.parameters()):
            t.mul_(0.98).add_(s, alpha=0.02)
    if step % 60 == 59:
        with torch.no_grad():
            print(step + 1, loss.item(), (mean_teacher(X).argmax(1) == y).float().mean().item())
