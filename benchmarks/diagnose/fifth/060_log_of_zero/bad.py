import torch
from torch import nn

torch.manual_seed(0)
X = torch.rand(400, 6)
counts = torch.poisson(torch.exp(2 * X[:, 0] - X[:, 1]))
net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1), nn.Flatten(0))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
target = torch.log(counts)  # fault: non-finite
for epoch in range(100):
    loss = nn.functional.mse_loss(net(X), target)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 20 == 0:
        print(epoch, loss.item())
