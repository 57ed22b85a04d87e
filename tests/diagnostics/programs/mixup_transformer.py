"""A small transformer encoder on sequences with mixup; positions are a parameter."""
import torch
from torch import nn

torch.manual_seed(8)
y = torch.arange(96) % 4
x = torch.randn(96, 6, 12) + torch.eye(12)[y][:, None] * 2


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.into = nn.Linear(12, 16)
        self.place = nn.Parameter(torch.zeros(6, 16))
        layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, dropout=0.1)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.out = nn.Linear(16, 4)

    def forward(self, x):
        return self.out(self.encoder(self.into(x) + self.place).mean(1))


net = Encoder()
opt = torch.optim.AdamW(net.parameters(), lr=3e-3)
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
for _ in range(25):
    other, share = torch.randperm(96), float(torch.rand(1))
    scores = net(share * x + (1 - share) * x[other])
    loss = share * criterion(scores, y) + (1 - share) * criterion(scores, y[other])
    opt.zero_grad()
    loss.backward()
    opt.step()
