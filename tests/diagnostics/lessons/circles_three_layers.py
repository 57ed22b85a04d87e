"""2-10-10-1 without a nonlinearity: more units and layers do not help."""

import torch
from sklearn.datasets import make_circles
from torch import nn

points, labels = make_circles(n_samples=400, noise=0.03, factor=0.8, random_state=42)
X, y = torch.tensor(points, dtype=torch.float), torch.tensor(labels, dtype=torch.float)
torch.manual_seed(42)


class CircleModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer_1 = nn.Linear(2, 10)
        self.layer_2 = nn.Linear(10, 10)
        self.layer_3 = nn.Linear(10, 1)

    def forward(self, x):
        x = self.layer_1(x)  # finds: missing-nonlinearity
        x = self.layer_2(x)
        return self.layer_3(x)


model = CircleModel()
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(120):
    logits = model(X).squeeze(1)
    loss = loss_fn(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        print(epoch, loss.item(), (logits.sigmoid().round() == y).float().mean().item())
