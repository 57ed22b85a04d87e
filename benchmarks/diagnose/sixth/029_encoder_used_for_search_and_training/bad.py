"""An encoder that serves two purposes: nearest-neighbour search, and a classifier on top of it."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
data = load_digits()
x = torch.tensor(data.data / 16, dtype=torch.float32)
y = torch.tensor(data.target)


class Encoder(nn.Module):
    def __init__(self, dim=12):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, dim), nn.Tanh())

    @torch.no_grad()  # fault: no-gradient
    def encode(self, x):  # fault: no-gradient
        return self.layers(x)  # fault: no-gradient

    def search(self, query, bank):
        with torch.no_grad():
            return torch.cdist(self.encode(query), self.encode(bank)).argmin(1)


class Classifier(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(12, 10)

    def forward(self, x):
        return self.head(self.encoder.encode(x))  # fault: no-gradient


model = Classifier(Encoder())
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(8):
    for idx in torch.randperm(1500).split(75):
        loss = F.cross_entropy(model(x[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    nearest = model.encoder.search(x[1500:], x[:1500])
    found = (y[:1500][nearest] == y[1500:]).float().mean().item()
    print(f"epoch {epoch}: loss {loss.item():.3f}, neighbours of the same class {found:.3f}")
