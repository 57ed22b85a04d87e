import torch
from torch import nn
from sklearn.datasets import load_digits


class Stack(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.inp = nn.Linear(64, width)
        self.blocks = [nn.Linear(width, width) for _ in range(depth)]  # fault: unregistered-submodule
        self.out = nn.Linear(width, 10)

    def forward(self, x):
        x = torch.relu(self.inp(x))
        for block in self.blocks:
            x = torch.relu(block(x))
        return self.out(x)


torch.manual_seed(0)
digits = load_digits()
x, y = torch.tensor(digits.data).float() / 16, torch.tensor(digits.target)
net = Stack(32, 3)
print("parameters:", sum(p.numel() for p in net.parameters()))
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(5):
    for i in range(0, 1500, 50):
        loss = nn.functional.cross_entropy(net(x[i:i + 50]), y[i:i + 50])
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        print(epoch, "test acc", (net(x[1500:]).argmax(1) == y[1500:]).float().mean().item())
