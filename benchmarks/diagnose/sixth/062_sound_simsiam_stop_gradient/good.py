"""SimSiam on digits: one side of each pair is detached on purpose; the loss goes to minus one."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
x = torch.tensor(load_digits().data / 16, dtype=torch.float32)


def view(batch):
    return batch * (torch.rand_like(batch) > 0.2) + 0.05 * torch.randn_like(batch)


class SimSiam(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, dim), nn.BatchNorm1d(dim)
        )
        self.predictor = nn.Sequential(nn.Linear(dim, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, dim))

    def forward(self, a, b):
        za, zb = self.encoder(a), self.encoder(b)
        pa, pb = self.predictor(za), self.predictor(zb)
        return -(F.cosine_similarity(pa, zb.detach()).mean() + F.cosine_similarity(pb, za.detach()).mean()) / 2


model = SimSiam()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
for epoch in range(6):
    model.train()
    for idx in torch.randperm(len(x))[:1728].split(64):
        loss = model(view(x[idx]), view(x[idx]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        spread = F.normalize(model.encoder(x)).std(0).mean().item()
    print(f"epoch {epoch}: loss {loss.item():.3f}, spread {spread:.3f}")
