# house prices (standardised), plain SGD with momentum
import torch
import torch.nn as nn

torch.manual_seed(15)
area = torch.rand(900, 1) * 2 - 1
rooms = torch.randn(900, 1)
age = torch.randn(900, 1)
x = torch.cat([area, rooms, age, area * rooms], 1)
price = (2 * area + 0.5 * rooms - age + 0.2 * torch.randn(900, 1))
price = (price - price.mean()) / price.std()

model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
learning_rate = 0.01
optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)
for epoch in range(10):
    for b in range(0, 900, 45):
        out = model(x[b:b + 45])
        loss = nn.functional.mse_loss(out, price[b:b + 45])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
