"""Changes in place that torch allows: of data, of what is computed, and of weights under no_grad or by nn.init."""

import torch
from torch import nn

torch.manual_seed(3)
x = torch.randn(60, 3)
x -= x.mean(0)
y = (x @ torch.tensor([1.0, -2.0, 0.5])).unsqueeze(1)
net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(inplace=True), nn.Linear(16, 1))
nn.init.normal_(net[2].weight, std=0.1)
with torch.no_grad():
    net[2].bias[0] = 0.1
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
for _ in range(60):
    answer = net(x)
    answer += 0.1
    loss = nn.functional.mse_loss(answer, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
