"""Moons, with an activation whose result is thrown away."""
import torch
import torch.nn.functional as F
from sklearn.datasets import make_moons
from torch import nn

torch.manual_seed(6)
points, which = make_moons(500, noise=0.1, random_state=6)
points = torch.tensor(points, dtype=torch.float32)
which = torch.tensor(which)


class MoonNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(2, 32)
        self.fc2 = nn.Linear(32, 32)
        self.fc3 = nn.Linear(32, 2)

    def forward(self, x):
        x = self.fc1(x)
        x = F.relu(x)
        x = self.fc2(x)
        x = F.relu(x)
        return self.fc3(x)


moon_net = MoonNet()
opt = torch.optim.Adam(moon_net.parameters(), lr=5e-3)
for step in range(150):
    rows = torch.randint(0, 500, (64,))
    loss = F.cross_entropy(moon_net(points[rows]), which[rows])
    opt.zero_grad()
    loss.backward()
    opt.step()
print("loss", F.cross_entropy(moon_net(points), which).item())
print("acc", (moon_net(points).argmax(1) == which).float().mean().item())
