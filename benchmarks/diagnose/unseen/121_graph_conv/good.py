"""Two groups of nodes that mostly know each other: labels for ten, the others are inferred (Kipf & Welling 2017)."""
import torch
from torch import nn

torch.manual_seed(0)
N = 120
label = torch.arange(N) // 60
same = label[:, None] == label[None]
A = (torch.rand(N, N) < torch.where(same, 0.12, 0.015)).float().triu(1)
A = A + A.T + torch.eye(N)
deg = A.sum(1).rsqrt()
A_hat = deg[:, None] * A * deg[None]
X = torch.randn(N, 8) + 0.3 * label[:, None]
train = torch.zeros(N, dtype=torch.bool)
train[torch.randperm(N)[:20]] = True


class GCN(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin1 = nn.Linear(8, 16)
        self.lin2 = nn.Linear(16, 2)
        self.drop = nn.Dropout(0.3)

    def forward(self, x):
        h = torch.relu(A_hat @ self.lin1(x))
        return A_hat @ self.lin2(self.drop(h))


gcn = GCN()
opt = torch.optim.Adam(gcn.parameters(), lr=0.02, weight_decay=5e-4)
for epoch in range(100):
    gcn.train()
    loss = nn.functional.cross_entropy(gcn(X)[train], label[train])
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 20 == 19:
        gcn.eval()
        with torch.no_grad():
            ok = (gcn(X).argmax(1) == label)[~train].float().mean().item()
        print(epoch + 1, loss.item(), "unlabelled nodes right:", ok)
