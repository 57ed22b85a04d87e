"""A row of an embedding is set to zero while gradients are recorded."""

import torch
from torch import nn

torch.manual_seed(3)
embedding = nn.Embedding(5, 4)
embedding.weight[0] = 0.0  # finds: in-place-on-leaf
