import argparse
import os
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, TensorDataset
from torchvision.datasets import MNIST

ap = argparse.ArgumentParser()
ap.add_argument("--accum", type=int, default=2)
ap.add_argument("--warmup", type=int, default=15)
ap.add_argument("--lr", type=float, default=3e-3)
cfg = ap.parse_args()
torch.manual_seed(0)
m = MNIST(os.environ.get("WORKBENCH_DATA", "data"), train=True)
ds = TensorDataset(m.data[:3000].float().flatten(1) / 255, m.targets[:3000])
loader = DataLoader(ds, batch_size=50, shuffle=True, num_workers=0)
net = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
opt = torch.optim.AdamW(net.parameters(), lr=cfg.lr)
sched = LambdaLR(opt, lambda s: min(1.0, (s + 1) / cfg.warmup))
scaler = torch.amp.GradScaler("cpu", enabled=True)
for epoch in range(3):
    running = 0.0
    for i, (x, y) in enumerate(loader):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(net(x), y) / cfg.accum
        scaler.scale(loss).backward()
        running += loss.item() * cfg.accum
        if (i + 1) % cfg.accum == 0:
            scaler.unscale_(opt)
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            scaler.step(opt)
            scaler.update()
            opt.zero_grad(set_to_none=True)
            sched.step()
    print(epoch, running / len(loader), sched.get_last_lr())
