import torch
from torch import nn
from sklearn.datasets import load_wine

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32) * 10
y = torch.tensor(y)
onehot = nn.functional.one_hot(y, 3).float()


class SoftmaxNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.h = nn.Linear(13, 32)
        self.o = nn.Linear(32, 3)

    def forward(self, x):
        return self.o(torch.relu(self.h(x))) * 60


def cross_entropy(logits, onehot):
    p = torch.exp(logits) / torch.exp(logits).sum(dim=1, keepdim=True)  # fault: non-finite
    return -(onehot * torch.log(p)).sum(dim=1).mean()  # fault: non-finite


net = SoftmaxNet()
opt = torch.optim.SGD(net.parameters(), lr=0.00005)
for epoch in range(30):
    for idx in torch.randperm(len(X)).split(32):
        out = net(X[idx])
        loss = cross_entropy(out, onehot[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 6 == 5:
        print(epoch, loss.item(), (net(X).argmax(1) == y).float().mean().item())
