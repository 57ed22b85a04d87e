import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR

torch.manual_seed(2)
x = torch.randn(1024, 6)
y = (x[:, :1] * x[:, 1:2] + x[:, 2:3].abs())


def build():
    return nn.Sequential(nn.Linear(6, 48), nn.SiLU(), nn.Linear(48, 48), nn.SiLU(), nn.Linear(48, 1))


model = build()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
scheduler = CosineAnnealingLR(optimizer, T_max=320)
history = []
for epoch in range(20):
    for i in range(0, 1024, 64):
        optimizer.zero_grad()
        out = model(x[i:i + 64])
        loss = nn.functional.mse_loss(out, y[i:i + 64])
        loss.backward()  # fault: missing-optimizer-step
        scheduler.step()  # fault: missing-optimizer-step
        history.append(loss.item())
    print(epoch, scheduler.get_last_lr()[0], sum(history[-16:]) / 16)
