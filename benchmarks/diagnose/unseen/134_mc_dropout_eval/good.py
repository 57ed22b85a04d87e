import torch
from torch import nn

torch.manual_seed(0)
x = torch.cat([torch.rand(300, 1) * 2 - 3, torch.rand(300, 1) * 2 + 1])
y = torch.sin(2 * x) + 0.1 * torch.randn_like(x)
net = nn.Sequential(nn.Linear(1, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.1),
                    nn.Linear(64, 1))
opt = torch.optim.Adam(net.parameters(), lr=5e-3, weight_decay=1e-5)
net.train()
for epoch in range(25):
    for i in torch.randperm(600).split(60):
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(x[i]), y[i])
        loss.backward()
        opt.step()
    if epoch % 5 == 4:
        print(epoch + 1, loss.item())

# uncertainty after Gal & Ghahramani 2016: dropout stays on, thirty passes
grid = torch.linspace(-4, 4, 41)[:, None]
with torch.no_grad():
    draws = torch.stack([net(grid) for _ in range(30)])
print("spread in the gap", draws.std(0)[18:23].mean().item(), "on the data", draws.std(0)[5:12].mean().item())
