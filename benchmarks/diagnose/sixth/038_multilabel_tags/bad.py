"""Several tags for each article: a multi-label network with a method for probabilities."""
import torch
from sklearn.datasets import make_multilabel_classification
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, Y = make_multilabel_classification(1500, n_features=30, n_classes=8, n_labels=2, random_state=0)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
Y = torch.tensor(Y, dtype=torch.float32)


class Tagger(nn.Module):
    def __init__(self, tags=8):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, tags))

    def forward(self, x):
        return self.net(x)

    def probabilities(self, x):
        return torch.sigmoid(self(x))  # fault: sigmoid-before-bce-logits


def micro_f1(model, x, y):
    with torch.no_grad():
        said = model.probabilities(x) > 0.5
    true = y > 0.5
    return (2 * (said & true).sum() / (said.sum() + true.sum())).item()


model = Tagger()
criterion = nn.BCEWithLogitsLoss()  # fault: sigmoid-before-bce-logits
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
loader = DataLoader(TensorDataset(X[:1200], Y[:1200]), batch_size=60, shuffle=True)
for epoch in range(10):
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model.probabilities(xb), yb)  # fault: sigmoid-before-bce-logits
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch}: loss {loss.item():.3f}, F1 of the rest {micro_f1(model, X[1200:], Y[1200:]):.3f}")
