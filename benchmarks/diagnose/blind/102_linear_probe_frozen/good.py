"""Self-trained features, frozen and in evaluation mode, with a linear probe on top."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(1)
d = load_digits()
x = torch.tensor(d.data, dtype=torch.float32) / 16
y = torch.tensor(d.target)
backbone = nn.Sequential(nn.Linear(64, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Dropout(0.1), nn.Linear(48, 24), nn.ReLU())
decoder = nn.Linear(24, 64)
pre = torch.optim.Adam([*backbone.parameters(), *decoder.parameters()], lr=3e-3)
for _ in range(3):
    for rows in torch.randperm(1500).split(60):
        pre.zero_grad()
        nn.functional.mse_loss(decoder(backbone(x[rows])), x[rows]).backward()
        pre.step()

backbone.eval().requires_grad_(False)
probe = nn.Linear(24, 10)
opt = torch.optim.SGD(probe.parameters(), lr=0.3, momentum=0.9)
for epoch in range(4):
    for rows in torch.randperm(1500).split(60):
        with torch.no_grad():
            features = backbone(x[rows])
        loss = nn.functional.cross_entropy(probe(features), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        print(epoch, loss.item(), (probe(backbone(x[1500:])).argmax(1) == y[1500:]).float().mean().item())
