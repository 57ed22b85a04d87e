"""Two communities: node classification with a normalized adjacency; eight labelled nodes."""
import torch
from torch import nn

torch.manual_seed(0)
N = 120
community = (torch.arange(N) >= N // 2).long()
same = community[:, None] == community[None, :]
A = (torch.rand(N, N) < torch.where(same, 0.15, 0.01)).float().triu(1)
A = A + A.T + torch.eye(N)
deg = A.sum(1).rsqrt()
A_hat = deg[:, None] * A * deg[None, :]
X = torch.eye(N)


class GCN(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1 = nn.Linear(N, 16, bias=False)
        self.w2 = nn.Linear(16, 2, bias=False)
        self.drop = nn.Dropout(0.5)

    def forward(self, a, x):
        return a @ self.w2(self.drop(torch.relu(a @ self.w1(x))))


labelled = torch.cat([torch.arange(4), torch.arange(N // 2, N // 2 + 4)])
net = GCN()
opt = torch.optim.Adam(net.parameters(), lr=0.02, weight_decay=5e-4)
for epoch in range(100):
    net.train()
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(A_hat, X)[labelled], community[labelled])
    loss.backward()
    opt.step()
net.eval()
print(loss.item(), (net(A_hat, X).argmax(1) == community).float().mean().item())
