"""Two sounds told apart by their band energies in decibels."""
import torch
from torch import nn

torch.manual_seed(22)
kind = torch.randint(0, 2, (1600,))
level = -2.0 + 0.4 * torch.randn(1600, 20)
level[:, :10] += 0.5 * kind[:, None]
level[:, 10:] -= 0.5 * kind[:, None]
energies = level.clamp(max=0)

hidden = nn.Linear(20, 40)
hidden.weight.data = (torch.rand(40, 20) - 0.5) * 0.4
model = nn.Sequential(hidden, nn.ReLU(), nn.Linear(40, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(8):
    for rows in torch.randperm(1600).split(64):
        out = model(energies[rows])
        loss = nn.functional.cross_entropy(out, kind[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), (model(energies).argmax(1) == kind).float().mean().item())
