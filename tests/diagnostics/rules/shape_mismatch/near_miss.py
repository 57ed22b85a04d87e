"""A mismatch that the script expects and catches, and another kind of crash at the end."""

import torch
from torch import nn

net = nn.Linear(4, 2)
try:
    net(torch.zeros(2, 5))
except RuntimeError:
    print("as expected")
raise ValueError("the sizes must match the plan")
