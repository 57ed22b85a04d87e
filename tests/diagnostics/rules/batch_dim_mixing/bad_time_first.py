"""Series with the time first are flattened as if the examples came first."""

import torch
from torch import nn

torch.manual_seed(21)
steps, count = 6, 90
series = torch.randn(steps, count, 2)
label = (series[:, :, 0].mean(0) > 0).float()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(2, 4)
        self.out = nn.Linear(4 * steps, 1)

    def forward(self, series):
        hidden = torch.tanh(self.mix(series))
        return self.out(hidden.contiguous().view(series.size(1), -1)).squeeze(1)  # finds: batch-dim-mixing


net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(60):
    for rows in torch.randperm(count).split(30):
        loss = nn.functional.binary_cross_entropy_with_logits(net(series[:, rows]), label[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
