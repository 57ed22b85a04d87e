"""Knowledge distillation: a small student learns from labels and from a larger teacher."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)


def mlp(*sizes):
    layers = [m for a, b in zip(sizes, sizes[1:]) for m in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


class DistillationLoss(nn.Module):
    def __init__(self, temperature=3.0, alpha=0.7):
        super().__init__()
        self.t, self.alpha = temperature, alpha

    def forward(self, student, teacher, labels):
        soft = F.kl_div(
            F.log_softmax(student / self.t, 1), F.softmax(teacher / self.t, 1), reduction="batchmean"
        )
        terms = {"soft": self.alpha * self.t**2 * soft, "hard": (1 - self.alpha) * F.cross_entropy(student, labels)}
        return sum(terms.values())


def batches():
    return torch.randperm(1500).split(60)


teacher, student = mlp(64, 128, 128, 10), mlp(64, 12, 10)
optimizer = torch.optim.Adam(teacher.parameters(), lr=3e-3)
for _ in range(3):
    for idx in batches():
        optimizer.zero_grad()
        F.cross_entropy(teacher(x[idx]), y[idx]).backward()
        optimizer.step()

teacher.requires_grad_(False)
criterion = DistillationLoss()
optimizer = torch.optim.Adam(student.parameters(), lr=3e-3)
for epoch in range(5):
    for idx in batches():
        loss = criterion(student(x[idx]), teacher(x[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        right = (student(x[1500:]).argmax(1) == y[1500:]).float().mean().item()
    print(f"epoch {epoch}: loss {loss.item():.3f}, student right {right:.3f}")
