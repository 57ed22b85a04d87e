import torch
from torch import nn
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

X, y = load_wine(return_X_y=True)
X = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32)
y = torch.tensor(y)


class WineTrainer:
    def __init__(self, hidden=16, l2=1e-4):
        self.model = nn.Sequential(nn.Linear(13, hidden), nn.Tanh(), nn.Linear(hidden, 3))
        self.opt = torch.optim.Adam(self.model.parameters(), lr=0.01)
        self.l2 = l2

    def total_loss(self, xb, yb):
        data_term = nn.functional.cross_entropy(self.model(xb), yb)
        penalty = sum((p**2).sum() for p in self.model.parameters())
        return torch.tensor(data_term.item() + self.l2 * penalty.item(), requires_grad=True)  # fault: loss-not-connected

    def run(self, epochs=40):
        for e in range(epochs):
            self.opt.zero_grad()
            loss = self.total_loss(X, y)
            loss.backward()  # fault: loss-not-connected
            self.opt.step()
            if e % 10 == 0:
                print(e, loss.item())


torch.manual_seed(0)
WineTrainer().run()
