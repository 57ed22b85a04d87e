"""Metric learning with learned class prototypes inside the loss module."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class PrototypeLoss(nn.Module):
    def __init__(self, classes, dim, scale=8.0):
        super().__init__()
        self.prototypes = nn.Parameter(torch.randn(classes, dim))  # fault: param-not-in-optimizer
        self.scale = scale

    def forward(self, emb, y):
        cosine = F.normalize(emb) @ F.normalize(self.prototypes).T
        return F.cross_entropy(self.scale * cosine, y)


torch.manual_seed(13)
CLASSES, DIM = 16, 3
centres = torch.randn(CLASSES, 20)
y = torch.randint(0, CLASSES, (2400,))
x = centres[y] + 0.7 * torch.randn(2400, 20)
net = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, DIM))
loss_fn = PrototypeLoss(CLASSES, DIM)
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)  # fault: param-not-in-optimizer
for epoch in range(8):
    running = 0.0
    for rows in torch.randperm(2000).split(80):
        loss = loss_fn(net(x[rows]), y[rows])  # fault: param-not-in-optimizer
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item()
    with torch.no_grad():
        sims = F.normalize(net(x[2000:])) @ F.normalize(loss_fn.prototypes).T
        acc = (sims.argmax(1) == y[2000:]).float().mean()
    print(f"{epoch} {running / 25:.3f} {acc:.3f}")
