import torch
from sklearn.datasets import load_wine
from torch import nn

X, y = load_wine(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0)).float()
y = torch.tensor(y)


class WineNet(nn.Module):
    def __init__(self, p=0.3):
        super().__init__()
        self.fc1 = nn.Linear(13, 32)
        self.fc2 = nn.Linear(32, 3)
        self.dropout = nn.Dropout(p)

    def forward(self, x):
        x = self.dropout(torch.relu(self.fc1(x)))
        return self.dropout(self.fc2(x))  # fault: dropout-on-output


torch.manual_seed(0)
net = WineNet()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(80):
    net.train()
    loss = nn.functional.cross_entropy(net(X), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
net.eval()
print(loss.item(), (net(X).argmax(1) == y).float().mean().item())
