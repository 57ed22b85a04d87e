import torch
from torch import nn

torch.manual_seed(3)


class Tuned(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU())
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        return self.head(self.body(x))


x = torch.randn(240, 8)
y = (x[:, :3] + 0.1 * torch.randn(240, 3)).argmax(1)
net = Tuned()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)


def epoch():
    for start in range(0, 240, 24):
        optimizer.zero_grad()
        loss = criterion(net(x[start : start + 24]), y[start : start + 24])
        loss.backward()
        optimizer.step()
    return loss.item()


net.train()
for _ in range(3):
    print(epoch())
for parameter in net.body.parameters():
    parameter.requires_grad_(False)
optimizer = torch.optim.Adam(net.head.parameters(), lr=0.01)
net.eval()  # the frozen body keeps its statistics; the head has no layer that behaves differently
for _ in range(3):
    print(epoch())
