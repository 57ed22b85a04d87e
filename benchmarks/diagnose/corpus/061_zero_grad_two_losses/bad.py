"""Autoencoder with a classifier on the code: both losses should train it."""
import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(5)
digits = load_digits()
x = torch.tensor(digits.data / 16, dtype=torch.float32)
y = torch.tensor(digits.target)
enc = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 12))
dec = nn.Sequential(nn.ReLU(), nn.Linear(12, 64), nn.Sigmoid())
cls = nn.Sequential(nn.ReLU(), nn.Linear(12, 10))
params = [*enc.parameters(), *dec.parameters(), *cls.parameters()]
opt = torch.optim.Adam(params, lr=3e-3)
for epoch in range(5):
    for b in torch.randperm(len(x)).split(64):
        code = enc(x[b])
        rec = nn.functional.mse_loss(dec(code), x[b])
        cla = nn.functional.cross_entropy(cls(code), y[b])
        rec.backward(retain_graph=True)
        cla.backward()
        for p in params:
            p.grad = None  # fault: zero-grad-before-step
        opt.step()
    print(epoch, "rec", rec.item(), "cla", cla.item())
