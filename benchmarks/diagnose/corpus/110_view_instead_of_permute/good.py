import torch
from torch import nn

torch.manual_seed(11)
T, N, F_IN = 7, 240, 3
series = torch.randn(T, N, F_IN)             # time first
label = (series[:, :, 0].sum(0) > 0).long()


class Flat(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(T * F_IN, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, s):
        t, n, f = s.shape
        return self.net(s.permute(1, 0, 2).reshape(n, t * f))


net = Flat()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(15):
    for b in torch.randperm(N).split(40):
        loss = nn.functional.cross_entropy(net(series[:, b]), label[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
