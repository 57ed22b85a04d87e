"""Queries, keys and values of an embedding; a table of positions; a critic on a generator's raw output."""

import torch
from torch import nn


class Reader(nn.Module):
    def __init__(self, size=16):
        super().__init__()
        self.embed = nn.Linear(4, size)
        self.positions = nn.Parameter(torch.randn(1, 6, size) * 0.02)
        self.query, self.key, self.value = nn.Linear(size, size), nn.Linear(size, size), nn.Linear(size, size)
        self.block = nn.TransformerEncoderLayer(size, 2, 32, dropout=0.0, batch_first=True)
        self.out = nn.Linear(size, 2)

    def forward(self, x):
        h = self.embed(x)
        weights = torch.softmax(self.query(h) @ self.key(h).transpose(1, 2) / 4, dim=-1)
        return self.out(torch.relu(weights @ self.value(h)).mean(1) + self.block(h + self.positions).mean(1))


torch.manual_seed(3)
x = torch.randn(96, 6, 4)
y = (x[:, 0, 0] > 0).long()
reader = Reader()
opt = torch.optim.Adam(reader.parameters(), lr=1e-3)
for _ in range(20):
    loss = nn.functional.cross_entropy(reader(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()

maker = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 24))
critic = nn.Sequential(nn.Linear(24, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
makes = torch.optim.RMSprop(maker.parameters(), lr=1e-4)
judges = torch.optim.RMSprop(critic.parameters(), lr=1e-4)
for _ in range(20):
    real = x.flatten(1)
    loss = critic(maker(torch.randn(96, 5)).detach()).mean() - critic(real).mean()
    judges.zero_grad()
    loss.backward()
    judges.step()
    loss = -critic(maker(torch.randn(96, 5))).mean()
    makes.zero_grad()
    loss.backward()
    makes.step()
