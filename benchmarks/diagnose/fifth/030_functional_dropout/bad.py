import torch
import torch.nn.functional as F
from torch import nn
from sklearn.datasets import load_digits


class DropNet(nn.Module):
    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p
        self.stem = nn.Conv2d(1, 12, 3, padding=1)
        self.conv = nn.Conv2d(12, 24, 3)
        self.fc = nn.Linear(24 * 9, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.stem(x))
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        x = F.dropout(x.flatten(1), self.p)  # fault: dropout-always-on
        return self.fc(x)


digits = load_digits()
x = torch.tensor(digits.images[:, None] / 16, dtype=torch.float32)
y = torch.tensor(digits.target)
torch.manual_seed(6)
net = DropNet()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(4):
    net.train()
    for idx in torch.randperm(1500).split(50):
        opt.zero_grad()
        loss = F.cross_entropy(net(x[idx]), y[idx])
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        print(epoch, loss.item(), (net(x[1500:]).argmax(1) == y[1500:]).float().mean().item())
