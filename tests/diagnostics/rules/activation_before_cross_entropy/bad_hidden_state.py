"""An RNN with as many hidden units as there are classes: its state is taken for the scores."""

import torch
from torch import nn

torch.manual_seed(6)
y = torch.randint(0, 4, (64, 6))
x = nn.functional.one_hot(y, 4).float() + 0.1 * torch.randn(64, 6, 4)
net = nn.RNN(4, 4, batch_first=True)
optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
criterion = nn.CrossEntropyLoss()
for _ in range(60):
    optimizer.zero_grad()
    states, _ = net(x)  # finds: activation-before-cross-entropy
    loss = criterion(states.reshape(-1, 4), y.reshape(-1))
    loss.backward()
    optimizer.step()
