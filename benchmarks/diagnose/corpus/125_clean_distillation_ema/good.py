import copy

import torch
from torch import nn
from torch.nn import functional as F
from sklearn.datasets import load_digits

torch.manual_seed(0)
d = load_digits()
x, y = torch.tensor(d.data).float() / 16, torch.tensor(d.target)
student = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Dropout(0.1), nn.Linear(48, 10))
teacher = copy.deepcopy(student).requires_grad_(False)
teacher.eval()
opt = torch.optim.Adam(student.parameters(), lr=3e-3)
for epoch in range(5):
    for rows in torch.randperm(len(x)).split(64):
        logits = student(x[rows])
        with torch.no_grad():
            soft = F.softmax(teacher(x[rows]) / 2, dim=1)
        loss = F.cross_entropy(logits, y[rows]) + 0.5 * F.kl_div(F.log_softmax(logits / 2, 1), soft, reduction="batchmean")
        opt.zero_grad()
        loss.backward()
        opt.step()
        with torch.no_grad():
            for t, s in zip(teacher.parameters(), student.parameters()):
                t.lerp_(s, 0.05)
    with torch.no_grad():
        print(epoch, loss.item(), "teacher acc", (teacher(x).argmax(1) == y).float().mean().item())
