import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(11)
N, D, L = 2000, 20, 6
mix = torch.randn(D, L)
X = torch.randn(N, D)
Y = ((X @ mix + 2 * torch.sin(X[:, :L])) > 1.0).float()
train = DataLoader(TensorDataset(X[:1600], Y[:1600]), batch_size=80, shuffle=True)


class TagNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(D, 64), nn.LayerNorm(64), nn.ReLU())
        self.tags = nn.Linear(64, L)

    def forward(self, x):
        return self.tags(self.body(x))


net = TagNet()
opt = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-4)


def f1(pred, true):
    tp = (pred * true).sum()
    return (2 * tp / (pred.sum() + true.sum() + 1e-8)).item()


for epoch in range(8):
    for xb, yb in train:
        prob = torch.sigmoid(net(xb))  # fault: sigmoid-before-bce-logits
        loss = F.binary_cross_entropy_with_logits(prob, yb)  # fault: sigmoid-before-bce-logits
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        score = f1((net(X[1600:]).sigmoid() > 0.5).float(), Y[1600:])
    print(f"{epoch} bce {loss.item():.3f} f1 {score:.3f}")
