import torch
import torch.nn as nn
from sklearn.datasets import make_classification

torch.manual_seed(0)
X, y = make_classification(n_samples=800, n_features=10, n_informative=6, random_state=8)
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32).view(-1, 1)


class BinaryNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(10, 24)
        self.b = nn.Linear(24, 1)

    def forward(self, x):
        return self.b(torch.relu(self.a(x)))


net = BinaryNet()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(60):
    optimizer.zero_grad()
    out = net(X)
    loss = criterion(out, y)
    loss.backward()
    optimizer.step()
    if epoch % 10 == 0:
        acc = ((out > 0).float() == y).float().mean()
        print(f"epoch {epoch}: loss={loss.item():.4f} acc={acc.item():.3f}")
