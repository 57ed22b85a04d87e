"""OneCycleLR, stepped after each batch, with a start far below the peak."""
import torch
from sklearn.datasets import load_breast_cancer
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(21)
b = load_breast_cancer()
x = torch.tensor((b.data - b.data.mean(0)) / b.data.std(0), dtype=torch.float32)
y = torch.tensor(b.target, dtype=torch.float32).unsqueeze(1)
order = torch.randperm(len(x))
train = DataLoader(TensorDataset(x[order[:420]], y[order[:420]]), batch_size=30, shuffle=True)
net = nn.Sequential(nn.Linear(30, 24), nn.ReLU(), nn.Dropout(0.2), nn.Linear(24, 1))
EPOCHS = 10
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
cycle = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=0.1, epochs=EPOCHS, steps_per_epoch=len(train), div_factor=100)
for epoch in range(EPOCHS):
    net.train()
    for rows, target in train:
        loss = nn.functional.binary_cross_entropy_with_logits(net(rows), target)
        opt.zero_grad()
        loss.backward()
        opt.step()
        cycle.step()
    net.eval()
    with torch.no_grad():
        valid = ((net(x[order[420:]]) > 0) == (y[order[420:]] > 0.5)).float().mean().item()
    print(epoch, loss.item(), valid)
