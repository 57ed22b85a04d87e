"""Each is shuffled by a seed of its own."""

import torch
from sklearn.utils import shuffle
from torch import nn

torch.manual_seed(6)
y = torch.arange(150) % 3
x = torch.randn(150, 6) + 2 * torch.eye(6)[y]
x, y = x.numpy(), y.numpy()
x = shuffle(x, random_state=1)
y = shuffle(y, random_state=2)  # finds: label-mismatch
x, y = torch.as_tensor(x), torch.as_tensor(y)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(30):
    opt.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    opt.step()
