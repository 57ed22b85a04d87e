"""bfloat16 autocast on the CPU with a scaler, gradients unscaled before clipping."""
import torch
from torch import nn

torch.manual_seed(20)
x = torch.randn(2000, 12)
y = (x[:, 0] * x[:, 1] + x[:, 2].abs() > 0.6).long()
net = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
opt = torch.optim.Adam(net.parameters(), lr=4e-3)
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
for epoch in range(5):
    for rows in torch.randperm(2000).split(50):
        opt.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        scaler.scale(loss).backward()
        scaler.unscale_(opt)
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        scaler.step(opt)
        scaler.update()
    print(epoch, loss.item())
