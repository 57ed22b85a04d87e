"""Low-rank adapters (B starts at zero) on a frozen base; the pairwise ranking loss broadcasts on purpose."""
import torch
from torch import nn


class LoRA(nn.Module):
    def __init__(self, base, rank=4):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features ** 0.5)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + x @ self.A.T @ self.B.T


torch.manual_seed(28)
hidden, out = nn.Linear(10, 48), nn.Linear(48, 1)
ranker = nn.Sequential(LoRA(hidden), nn.ReLU(), LoRA(out), nn.Flatten(0))
opt = torch.optim.AdamW([p for p in ranker.parameters() if p.requires_grad], lr=0.01)
w = torch.randn(10)
for step in range(200):
    x = torch.randn(32, 10)
    relevance = x @ w + (x[:, 0] * x[:, 1])
    score = ranker(x)
    better = relevance[:, None] > relevance[None, :]
    margin = score[:, None] - score[None, :]
    loss = nn.functional.softplus(-margin)[better].mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 40 == 39:
        print(step + 1, loss.item(), (margin[better] > 0).float().mean().item())
