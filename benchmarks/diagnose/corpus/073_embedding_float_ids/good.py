import torch
from torch import nn

torch.manual_seed(10)
users = torch.randint(0, 20, (600,))
items = torch.randint(0, 30, (600,))
taste = torch.randn(20, 3)
style = torch.randn(30, 3)
score = (taste[users] * style[items]).sum(1)
pairs = torch.stack([users, items], dim=1)


class MatrixFactorization(nn.Module):
    def __init__(self, n_users, n_items, rank=6):
        super().__init__()
        self.u = nn.Embedding(n_users, rank)
        self.i = nn.Embedding(n_items, rank)

    def forward(self, pair):
        return (self.u(pair[:, 0]) * self.i(pair[:, 1])).sum(1)


mf = MatrixFactorization(20, 30)
optimizer = torch.optim.Adam(mf.parameters(), lr=0.05)
for epoch in range(10):
    for k in torch.randperm(600).split(60):
        loss = nn.functional.mse_loss(mf(pairs[k]), score[k])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
