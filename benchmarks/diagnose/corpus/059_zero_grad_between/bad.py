import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.randn(300, 3)
y = (x[:, :1] * 2 - x[:, 1:2] ** 2).detach()
net = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 1))
loss_fn = nn.MSELoss()
opt = torch.optim.Adam(net.parameters(), lr=0.01)

for epoch in range(120):
    pred = net(x)
    loss = loss_fn(pred, y)
    loss.backward()
    opt.zero_grad()  # fault: zero-grad-before-step
    opt.step()
    if epoch % 20 == 0:
        print("Epoch:", epoch, "Loss:", loss.item())
print("done", loss.item())
