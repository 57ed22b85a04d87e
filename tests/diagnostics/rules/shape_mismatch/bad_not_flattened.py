"""Images go into a linear layer as they are."""

import torch
from torch import nn

torch.manual_seed(26)
images, labels = torch.randn(32, 1, 8, 8), torch.arange(32) % 4
net = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 4))
scores = net(images)  # finds: shape-mismatch
nn.functional.cross_entropy(scores, labels).backward()
