import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


def xor_like(n):
    x = torch.rand(n, 2) * 2 - 1
    return x, ((x[:, 0] * x[:, 1]) > 0).long()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(2, 20)
        self.fc2 = nn.Linear(20, 20)
        self.fc3 = nn.Linear(20, 2)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        x = self.fc3(x)
        return x


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for i in range(300):
    x, t = xor_like(100)
    y = net(x)
    loss = F.cross_entropy(y, t)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if i % 50 == 49:
        print(i + 1, "loss", round(loss.item(), 3), "acc", (y.argmax(1) == t).float().mean().item())
