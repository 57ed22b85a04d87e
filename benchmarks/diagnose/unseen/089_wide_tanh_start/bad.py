import torch
from torch import nn
from sklearn.datasets import load_wine

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0)).float()
y = torch.tensor(y)


class TanhNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(13, 60)
        self.b = nn.Linear(60, 60)
        self.c = nn.Linear(60, 3)
        for layer in (self.a, self.b):
            nn.init.normal_(layer.weight, std=6.0)  # fault: saturated-activation

    def forward(self, x):
        x = torch.tanh(self.a(x))  # fault: saturated-activation
        x = torch.tanh(self.b(x))  # fault: saturated-activation
        return self.c(x)


net = TanhNet()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for epoch in range(40):
    for i in torch.randperm(len(X)).split(30):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(X[i]), y[i])
        loss.backward()
        opt.step()
    if epoch % 8 == 7:
        print(epoch + 1, loss.item(), (net(X).argmax(1) == y).float().mean().item())
