"""Mixed precision on the CPU with a GradScaler, a scheduler, and evaluation after each pass."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(5)
y = torch.arange(240) % 3
x = torch.randn(240, 8) + 1.5 * y[:, None]
train, test = random_split(TensorDataset(x, y), [180, 60])
net = nn.Sequential(nn.Linear(8, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
plan = torch.optim.lr_scheduler.StepLR(opt, step_size=3, gamma=0.5)
scaler = torch.amp.GradScaler("cpu")
for epoch in range(6):
    net.train()
    for a, b in DataLoader(train, batch_size=30, shuffle=True):
        opt.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(net(a), b)
        scaler.scale(loss).backward()
        scaler.unscale_(opt)
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        scaler.step(opt)
        scaler.update()
    plan.step()
    net.eval()
    with torch.no_grad():
        right = sum((net(a).argmax(1) == b).sum().item() for a, b in DataLoader(test, batch_size=60))
    print(epoch, right / 60)
