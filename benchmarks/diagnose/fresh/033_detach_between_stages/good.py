"""Two-stage network for sensor data: features, then a gated head."""
import torch
from torch import nn


class FeatureExtractor(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(3, 16, 5, padding=2)
        self.conv2 = nn.Conv1d(16, 16, 5, padding=2)

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        x = torch.relu(self.conv2(x))
        return x.amax(dim=2)


class SensorNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.extractor = FeatureExtractor()
        self.gate = nn.Linear(16, 16)
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        features = self.extractor(x)
        gated = features * torch.sigmoid(self.gate(features))
        return self.head(gated)


torch.manual_seed(8)
t = torch.linspace(0, 6.28, 40)
kind = torch.randint(0, 3, (1500,))
signal = torch.sin(t * (kind[:, None] * 0.5 + 2.5) + 6.28 * torch.rand(1500, 1))
x = signal[:, None, :] * torch.tensor([1.0, -0.5, 0.2])[None, :, None] + 0.4 * torch.randn(1500, 3, 40)
net = SensorNet()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(8):
    for idx in torch.randperm(1500).split(50):
        loss = nn.functional.cross_entropy(net(x[idx]), kind[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
