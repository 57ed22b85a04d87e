"""Uncertainty by Monte Carlo dropout: the network stays in training mode while it predicts, thirty times."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.cat([torch.rand(200, 1) * 2 - 3, torch.rand(200, 1) * 2 + 1])
y = torch.sin(x) + 0.1 * torch.randn_like(x)


class DropoutRegressor(nn.Module):
    def __init__(self, p=0.1):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(1, 64), nn.ReLU(), nn.Dropout(p),
            nn.Linear(64, 64), nn.ReLU(), nn.Dropout(p),
            nn.Linear(64, 1),
        )

    def forward(self, x):
        return self.net(x)

    @torch.no_grad()
    def sample(self, x, times=30):
        was_training = self.training
        self.train()
        answers = torch.stack([self(x) for _ in range(times)])
        self.train(was_training)
        return answers.mean(0), answers.std(0)


model = DropoutRegressor()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(20):
    for idx in torch.randperm(400).split(50):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[idx]), y[idx])
        loss.backward()
        optimizer.step()

model.eval()
with torch.no_grad():
    print("error", nn.functional.mse_loss(model(x), y).item())
inside, outside = torch.linspace(1, 3, 50)[:, None], torch.linspace(4, 6, 50)[:, None]
for name, points in (("inside", inside), ("outside", outside)):
    mean, deviation = model.sample(points)
    print(f"{name}: deviation {deviation.mean().item():.3f}")
