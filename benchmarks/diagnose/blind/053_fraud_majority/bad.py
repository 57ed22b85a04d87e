"""Fraud detection; two in a hundred transactions are fraud."""
import torch
from torch import nn

torch.manual_seed(37)
n = 6000
fraud = (torch.rand(n) < 0.02).long()
x = torch.randn(n, 8)
x[:, :3] += 1.3 * fraud[:, None]
train, test = slice(0, 4000), slice(4000, None)
net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
criterion = nn.CrossEntropyLoss()  # fault: constant-prediction
for epoch in range(5):
    for rows in torch.randperm(4000).split(80):
        logits = net(x[rows])  # fault: constant-prediction
        loss = criterion(logits, fraud[rows])  # fault: constant-prediction
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        guess = net(x[test]).argmax(1)  # fault: constant-prediction
    caught = (guess[fraud[test] == 1] == 1).float().mean().item()
    print(epoch, f"accuracy {(guess == fraud[test]).float().mean().item():.3f}, frauds caught {caught:.3f}")
