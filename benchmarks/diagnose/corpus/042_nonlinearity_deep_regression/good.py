import torch
import torch.nn as nn

torch.manual_seed(16)
x = torch.linspace(-3, 3, 300).view(-1, 1)
y = torch.sin(x) * x


class DeepRegressor(nn.Module):
    def __init__(self, depth=4, width=32):
        super().__init__()
        self.first = nn.Linear(1, width)
        self.middle = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.last = nn.Linear(width, 1)

    def forward(self, z):
        z = self.first(z)
        for layer in self.middle:
            z = layer(torch.tanh(z))
        return self.last(torch.tanh(z))


net = DeepRegressor()
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(250):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    optimizer.step()
    if epoch % 50 == 49:
        print(f"{epoch + 1:4d} {loss.item():.4f}")
