"""One trunk, three tasks on the diabetes table: the target itself, and two made from the columns."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(0)
X, y = load_diabetes(return_X_y=True, scaled=False)
X = torch.tensor(X, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(y, dtype=torch.float32)
targets = {
    "progression": (y - y.mean()) / y.std(),
    "risk": (X[:, 2] + X[:, 3] > 0).float(),
    "group": (X[:, 0] > 0).long() + (X[:, 8] > 0).long(),
}
WEIGHTS = {"progression": 1.0, "risk": 0.5, "group": 0.5}


class MultiTask(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(10, 32), nn.ReLU())
        self.heads = nn.ModuleDict(
            {"progression": nn.Linear(32, 1), "risk": nn.Linear(32, 1), "group": nn.Linear(32, 3)}
        )

    def forward(self, x):
        h = self.trunk(x)
        return {name: head(h).squeeze(1) for name, head in self.heads.items()}


def losses(out, idx):
    yield "progression", F.mse_loss(out["progression"], targets["progression"][idx])
    yield "risk", F.binary_cross_entropy_with_logits(out["risk"], targets["risk"][idx])
    yield "group", F.cross_entropy(out["group"], targets["group"][idx])


def total_loss(out, idx):
    parts = [WEIGHTS[name] * value for name, value in losses(out, idx)]
    return torch.stack(parts).sum()


model = MultiTask()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(20):
    running = 0.0
    for idx in torch.randperm(len(X)).split(34):
        loss = total_loss(model(X[idx]), idx)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item()
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1}: {running / 13:.4f}")
