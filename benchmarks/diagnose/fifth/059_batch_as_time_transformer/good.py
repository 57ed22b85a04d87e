import torch
from torch import nn

torch.manual_seed(0)


class Sorter(nn.Module):
    """At which place of the sequence is the largest number?"""

    def __init__(self, length=8, width=32):
        super().__init__()
        self.lift = nn.Linear(1, width)
        self.places = nn.Parameter(torch.randn(1, length, width) * 0.1)
        self.attend = nn.MultiheadAttention(width, 2, batch_first=True)
        self.out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, x):
        h = self.lift(x.unsqueeze(-1)) + self.places
        mixed, _ = self.attend(h, h, h)
        return self.out(h + mixed).squeeze(-1)


net = Sorter()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for step in range(150):
    x = torch.rand(64, 8)
    loss = nn.functional.cross_entropy(net(x), x.argmax(1))
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 30 == 0:
        print(step, loss.item())
