"""Mixup: cross entropy with soft targets; and the labels are permuted, together with the inputs they belong to."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)


def mixup(xb, yb, alpha=0.4):
    share = torch.distributions.Beta(alpha, alpha).sample()
    other = torch.randperm(len(xb))
    targets = F.one_hot(yb, 10).float()
    return share * xb + (1 - share) * xb[other], share * targets + (1 - share) * targets[other]


model = nn.Sequential(nn.Linear(64, 96), nn.BatchNorm1d(96), nn.ReLU(), nn.Dropout(0.2), nn.Linear(96, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=8 * 25)
for epoch in range(8):
    model.train()
    for idx in torch.randperm(1500).split(60):
        inputs, targets = mixup(x[idx], y[idx])
        loss = F.cross_entropy(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
    model.eval()
    with torch.no_grad():
        print(epoch, "test", (model(x[1500:]).argmax(1) == y[1500:]).float().mean().item())
