"""Two circles, two layers, nothing between them."""
import torch
from torch import nn

torch.manual_seed(42)
n = 400
t = torch.rand(n) * 6.2832
y = (torch.arange(n) % 2).float()
r = torch.where(y > 0, 0.8, 1.0) + 0.03 * torch.randn(n)
X = torch.stack([r * t.cos(), r * t.sin()], dim=1)


class CircleModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer_1 = nn.Linear(in_features=2, out_features=5)
        self.layer_2 = nn.Linear(in_features=5, out_features=1)

    def forward(self, x):
        return self.layer_2(self.layer_1(x))  # finds: missing-nonlinearity


model = CircleModel()
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(params=model.parameters(), lr=0.1)
for epoch in range(100):
    model.train()
    loss = loss_fn(model(X).squeeze(), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
