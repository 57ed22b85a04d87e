"""One square in each picture: is it there, and where? Two heads on one trunk, a loss for each."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(3)


def pictures(n, size=16):
    x = 0.1 * torch.rand(n, 1, size, size)
    present = torch.rand(n) < 0.6
    corner = torch.randint(0, size - 4, (n, 2))
    for k in range(n):
        if present[k]:
            i, j = corner[k].tolist()
            x[k, 0, i : i + 4, j : j + 4] += 0.9
    return x, present.float(), corner.float() / (size - 5)


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, 8, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(8 * 64, 64),
            nn.ReLU(),
        )
        self.objectness = nn.Linear(64, 1)
        self.corner = nn.Linear(64, 2)

    def forward(self, x):
        h = self.trunk(x)
        return self.objectness(h).squeeze(1), self.corner(h)


def init_prior(module):
    """Rare objects: begin with the belief that there is none."""
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)


model = Detector()
model.apply(init_prior)
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
x, present, corner = pictures(1200)
for epoch in range(8):
    order = torch.randperm(len(x))
    box_total = 0.0
    for idx in order.split(50):
        score, where = model(x[idx])
        mask = present[idx] > 0
        box = F.mse_loss(where[mask], corner[idx][mask])
        loss = F.binary_cross_entropy_with_logits(score, present[idx]) + box
        opt.zero_grad()
        loss.backward()
        opt.step()
        box_total += box.item()
    print(f"epoch {epoch} loss {loss.item():.3f} box error {box_total / 24:.4f}")
