import torch
from torch import nn

torch.manual_seed(0)
data = torch.randn(1000, 4) @ torch.randn(4, 30) + 0.05 * torch.randn(1000, 30)


class LinearAutoencoder(nn.Module):
    """PCA by gradient descent: no nonlinearity on purpose."""

    def __init__(self, d, k):
        super().__init__()
        self.down = nn.Linear(d, k, bias=False)
        self.up = nn.Linear(k, d, bias=False)

    def forward(self, x):
        return self.up(self.down(x))


pca = LinearAutoencoder(30, 4)
opt = torch.optim.Adam(pca.parameters(), lr=0.01)
for epoch in range(15):
    for batch in data[torch.randperm(1000)].split(50):
        loss = (pca(batch) - batch).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 3 == 2:
        print(epoch + 1, loss.item())
