import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
d = load_digits()
x = torch.tensor(d.data).float() / 16
y = torch.tensor(d.target)
net = nn.Sequential(nn.Linear(64, 40), nn.ReLU(), nn.Linear(40, 10))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(4):
    total_loss = 0
    for i in range(0, 1797, 64):
        loss = nn.functional.cross_entropy(net(x[i:i + 64]), y[i:i + 64])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total_loss += loss.item()
    print(f"epoch {epoch} mean loss {float(total_loss) / 29:.4f}")
