import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

digits = load_digits()
images, classes = digits.data.astype("float32") / 16, digits.target


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(64, 48), nn.PReLU(), nn.Linear(48, 16))

    def forward(self, x):
        return nn.functional.normalize(self.fc(x))


def pairs(n, rng):
    a = rng.integers(0, len(images), n)
    b = rng.integers(0, len(images), n)
    same = rng.random(n) < 0.5
    for k in np.flatnonzero(same):
        b[k] = rng.choice(np.flatnonzero(classes == classes[a[k]]))
    return images[a], images[b], (classes[a] == classes[b]).astype("float32")


torch.manual_seed(0)
rng = np.random.default_rng(0)
tower = Tower()
scale = nn.Linear(1, 1)
opt = torch.optim.Adam(list(tower.parameters()) + list(scale.parameters()), lr=5e-3)
for step in range(120):
    a, b, same = (torch.from_numpy(t) for t in pairs(64, rng))
    left, right = tower(a), tower(b)
    distance = (left - right).pow(2).sum(1, keepdim=True)
    logit = scale(distance).squeeze(1)
    loss = nn.functional.binary_cross_entropy_with_logits(logit, same)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 30 == 0:
        print(step, loss.item())
