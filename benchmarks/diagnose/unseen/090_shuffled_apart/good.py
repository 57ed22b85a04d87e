import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
data, target = load_digits(return_X_y=True)
data = torch.tensor(data / 16.0, dtype=torch.float32)
target = torch.tensor(target)
order = torch.randperm(len(data))
data, target = data[order], target[order]
x_train, x_val = data[:1500], data[1500:]
y_train, y_val = target[:1500], target[1500:]

net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(12):
    net.train()
    for i in range(0, 1500, 50):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x_train[i:i + 50]), y_train[i:i + 50])
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        acc = (net(x_val).argmax(1) == y_val).float().mean().item()
    if epoch % 3 == 2:
        print(f"epoch {epoch + 1} train loss {loss.item():.3f} val acc {acc:.3f}")
