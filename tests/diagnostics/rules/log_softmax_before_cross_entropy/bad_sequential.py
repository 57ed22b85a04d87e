"""The last layer of the list is a log_softmax; the criterion was changed later."""

import torch
from torch import nn

torch.manual_seed(1)
y = torch.arange(90) % 3
x = torch.randn(90, 4) + 2 * nn.functional.one_hot(y, 4)
net = nn.Sequential(
    nn.Linear(4, 16),
    nn.ReLU(),
    nn.Linear(16, 3),
    nn.LogSoftmax(dim=1),  # finds: log-softmax-before-cross-entropy
)
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
opt = torch.optim.SGD(net.parameters(), lr=0.2)
for _ in range(30):
    loss = criterion(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
