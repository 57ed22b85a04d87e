"""A tag for each word: log_softmax over the words of a sentence, then all flattened."""

import torch
from torch import nn

torch.manual_seed(1)
words = torch.randint(0, 20, (30, 7))
tags = words % 4
net = nn.Sequential(
    nn.Embedding(20, 8),
    nn.Linear(8, 16),
    nn.ReLU(),
    nn.Linear(16, 4),
    nn.LogSoftmax(dim=1),  # finds: softmax-wrong-dim
)
opt = torch.optim.Adam(net.parameters(), lr=0.02)
criterion = nn.NLLLoss()
for _ in range(30):
    opt.zero_grad()
    loss = criterion(net(words).view(-1, 4), tags.view(-1))
    loss.backward()
    opt.step()
