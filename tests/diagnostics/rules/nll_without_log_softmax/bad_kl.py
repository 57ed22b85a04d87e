"""A student learns a teacher's probabilities; its own go into the divergence as they are."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(150, 5)
teacher = nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 3))
with torch.no_grad():
    wanted = F.softmax(3 * teacher(x), dim=1)
student = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3))
criterion = nn.KLDivLoss(reduction="batchmean")
opt = torch.optim.SGD(student.parameters(), lr=0.05)
for _ in range(40):
    said = F.softmax(student(x), dim=1)  # finds: nll-without-log-softmax
    loss = criterion(said, wanted)
    opt.zero_grad()
    loss.backward()
    opt.step()
