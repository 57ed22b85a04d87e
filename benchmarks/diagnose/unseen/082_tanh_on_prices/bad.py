import torch
from torch import nn

torch.manual_seed(0)
rooms = torch.randint(1, 7, (800, 1)).float()
size = rooms * 18 + torch.rand(800, 1) * 30
price = 1.2 + 0.3 * rooms + 0.012 * size + 0.1 * torch.randn(800, 1)  # in 100 000
features = torch.cat([rooms / 6, size / 120], dim=1)


class PriceNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(2, 24),
            nn.Tanh(),
            nn.Linear(24, 1),
            nn.Tanh(),  # fault: output-range
        )

    def forward(self, x):
        return self.net(x)


model = PriceNet()
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(20):
    for i in torch.randperm(800).split(40):
        optimizer.zero_grad()
        loss = loss_fn(model(features[i]), price[i])  # fault: output-range
        loss.backward()
        optimizer.step()
    if epoch % 4 == 3:
        print(epoch + 1, loss.item())
