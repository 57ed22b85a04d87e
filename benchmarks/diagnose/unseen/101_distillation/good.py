"""A small student learns from the softened outputs of a teacher and from the labels (Hinton et al. 2015)."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16).float(), torch.tensor(y)
teacher = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
student = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))


def fit_teacher(epochs=6):
    opt = torch.optim.Adam(teacher.parameters(), lr=3e-3)
    for _ in range(epochs):
        for i in torch.randperm(len(X)).split(64):
            opt.zero_grad()
            F.cross_entropy(teacher(X[i]), y[i]).backward()
            opt.step()


def distill(epochs=8, T=4.0, alpha=0.7):
    teacher.eval()
    for p in teacher.parameters():
        p.requires_grad_(False)
    opt = torch.optim.Adam(student.parameters(), lr=5e-3)
    for epoch in range(epochs):
        for i in torch.randperm(len(X)).split(64):
            with torch.no_grad():
                soft = F.softmax(teacher(X[i]) / T, dim=1)
            logits = student(X[i])
            kd = F.kl_div(F.log_softmax(logits / T, dim=1), soft, reduction="batchmean") * T * T
            loss = alpha * kd + (1 - alpha) * F.cross_entropy(logits, y[i])
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item(), (student(X).argmax(1) == y).float().mean().item())


fit_teacher()
distill()
