import torch
from torch import nn
from sklearn.datasets import make_blobs

torch.manual_seed(0)
X, y = make_blobs(900, n_features=5, centers=3, cluster_std=2.0, random_state=4)
X, y = torch.tensor(X / 8).float(), torch.tensor(y)


class Normed(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(5, 32)
        self.b = nn.Linear(32, 3)

    def forward(self, x):
        h = torch.relu(self.a(x))
        h = h - h.mean(dim=0, keepdim=True)  # fault: batch-dim-mixing
        h = h / (h.norm(dim=0, keepdim=True) + 1e-6)  # fault: batch-dim-mixing
        return self.b(h)


net = Normed()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(10):
    for idx in torch.randperm(900).split(45):
        out = net(X[idx])
        loss = nn.functional.cross_entropy(out, y[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item(), (out.argmax(1) == y[idx]).float().mean().item())
