"""The embedding of the words is looked up under no_grad, within forward."""

import torch
from torch import nn


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(30, 8)
        self.mix = nn.Linear(8, 16)
        self.out = nn.Linear(16, 2)

    def forward(self, text):
        with torch.no_grad():  # finds: no-gradient
            looked_up = self.words(text).mean(1)
        return self.out(torch.relu(self.mix(looked_up)))


torch.manual_seed(2)
text = torch.randint(0, 30, (100, 5))
y = (text < 10).any(1).long()
reader = Reader()
opt = torch.optim.Adam(reader.parameters(), lr=0.01)
for _ in range(40):
    loss = nn.functional.cross_entropy(reader(text), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
