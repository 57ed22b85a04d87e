import argparse
import torch
from torch import nn

parser = argparse.ArgumentParser(description="teacher-student regression")
parser.add_argument("--lr", type=float, default=0.01)
parser.add_argument("--momentum", type=float, default=0.9)
parser.add_argument("--steps", type=int, default=400)
args = parser.parse_args()

torch.manual_seed(0)
teacher = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 3))
student = nn.Sequential(nn.Linear(10, 80), nn.ReLU(), nn.Linear(80, 3))
for p in teacher.parameters():
    p.requires_grad_(False)
    p.mul_(3)
opt = torch.optim.SGD(student.parameters(), lr=args.lr, momentum=args.momentum)
for step in range(args.steps):
    x = torch.randn(64, 10)
    target = teacher(x)
    loss = nn.functional.mse_loss(student(x), target)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 100 == 0 or step == args.steps - 1:
        print(step, loss.item())
