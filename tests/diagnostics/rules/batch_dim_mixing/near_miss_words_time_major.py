"""Word numbers [T, N], positions added, and the last state of each example: time is meant to be first."""

import torch
from torch import nn

torch.manual_seed(0)
words = torch.randint(0, 20, (7, 120))
label = (words == 3).any(0).long()


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(20, 8)
        self.places = nn.Embedding(7, 8)
        self.lstm = nn.LSTM(8, 16)
        self.out = nn.Linear(16, 2)

    def forward(self, words):
        read = self.table(words) + self.places(torch.arange(7))[:, None]
        states, _ = self.lstm(read)
        return self.out(states.transpose(0, 1).amax(1))


model = Reader()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(10):
    for start in range(0, 120, 30):
        loss = nn.functional.cross_entropy(model(words[:, start : start + 30]), label[start : start + 30])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
