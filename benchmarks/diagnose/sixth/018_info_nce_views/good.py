"""Contrastive learning on digits: two noisy views of one image are to find each other among a batch."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
images = torch.tensor(load_digits().data / 16, dtype=torch.float32)


def augment(x):
    return x * (torch.rand_like(x) > 0.15) + 0.1 * torch.randn_like(x)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 24))

    def forward(self, x):
        return F.normalize(self.net(x), dim=1)


class InfoNCE(nn.Module):
    def __init__(self, temperature):
        super().__init__()
        self.temperature = temperature

    def forward(self, left, right):
        similarity = left @ right.T / self.temperature
        log_prob = F.log_softmax(similarity, dim=1)
        return -log_prob.diagonal().mean()


def retrieval(encoder, n=300):
    with torch.no_grad():
        a, b = encoder(augment(images[:n])), encoder(augment(images[:n]))
    return ((a @ b.T).argmax(1) == torch.arange(n)).float().mean().item()


encoder = Encoder()
criterion = InfoNCE(temperature=0.2)
optimizer = torch.optim.Adam(encoder.parameters(), lr=1e-3)
print(f"before: {retrieval(encoder):.3f}")
for epoch in range(5):
    for idx in torch.randperm(len(images)).split(64):
        x = images[idx]
        loss = criterion(encoder(augment(x)), encoder(augment(x)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch}: loss {loss.item():.3f}, pairs found {retrieval(encoder):.3f}")
