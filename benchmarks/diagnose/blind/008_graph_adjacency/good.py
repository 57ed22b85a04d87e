# node classification on a random community graph, dense adjacency
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(4)
n, k = 150, 3
community = torch.arange(n) % k
same = community[:, None] == community[None, :]
A = (torch.rand(n, n) < torch.where(same, 0.25, 0.03)).float().triu(1)
A = A + A.T + torch.eye(n)
deg = A.sum(1).rsqrt()
A_hat = deg[:, None] * A * deg[None, :]
X = torch.randn(n, 8) + 0.7 * F.one_hot(community, 8)
train_mask = torch.rand(n) < 0.3


class GCN(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1 = nn.Linear(8, 16)
        self.w2 = nn.Linear(16, k)

    def forward(self, x, adj):
        x = F.relu(adj @ self.w1(x))
        return F.log_softmax(adj @ self.w2(x), dim=1)


net = GCN()
optimizer = torch.optim.Adam(net.parameters(), lr=0.02, weight_decay=5e-4)
for epoch in range(150):
    optimizer.zero_grad()
    out = net(X, A_hat)
    loss = F.nll_loss(out[train_mask], community[train_mask])
    loss.backward()
    optimizer.step()
    if epoch % 25 == 24:
        acc = (out[~train_mask].argmax(1) == community[~train_mask]).float().mean()
        print(epoch + 1, f"{loss.item():.3f}", f"test {acc.item():.3f}")
