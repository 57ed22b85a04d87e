"""Words with time first; the states of several sentences come to lie in one row."""

import torch
from torch import nn

torch.manual_seed(2)


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn, self.out = nn.Embedding(12, 8), nn.GRU(8, 8), nn.Linear(7 * 8, 2)

    def forward(self, words):
        states, _ = self.rnn(self.table(words))
        rows = states.reshape(words.shape[1], -1)  # finds: batch-dim-mixing
        return self.out(rows)


words = torch.randint(0, 12, (7, 48))
labels = (words[0] > 5).long()
net = Reader()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(30):
    loss = nn.functional.cross_entropy(net(words), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
