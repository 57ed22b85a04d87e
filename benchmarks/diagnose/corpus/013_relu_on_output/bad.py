import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(4)


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.layer1 = nn.Linear(64, 50)
        self.layer2 = nn.Linear(50, 20)
        self.layer3 = nn.Linear(20, 10)

    def forward(self, x):
        x = F.relu(self.layer1(x))
        x = F.relu(self.layer2(x))
        x = F.relu(self.layer3(x))  # fault: activation-before-cross-entropy
        return x


digits = load_digits()
x_all = torch.tensor(digits.data, dtype=torch.float32) / 16
y_all = torch.tensor(digits.target, dtype=torch.long)
net = Net()
crit = nn.CrossEntropyLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

for epoch in range(8):
    perm = torch.randperm(1500)
    for b in range(0, 1500, 50):
        xb = x_all[perm[b:b + 50]]
        yb = y_all[perm[b:b + 50]]
        opt.zero_grad()
        out = net(xb)
        loss = crit(out, yb)
        loss.backward()
        opt.step()
    with torch.no_grad():
        pred = net(x_all[1500:]).argmax(dim=1)
        acc = (pred == y_all[1500:]).float().mean().item()
    print("Epoch %d, loss %.4f, test accuracy %.4f" % (epoch, loss.item(), acc))
