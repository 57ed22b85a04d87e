import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.linspace(-3, 3, 400).unsqueeze(1)
Y = torch.sin(2 * X) + 0.05 * torch.randn_like(X)
model = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)


def rmse(pred, target):
    se = [(p - t) ** 2 for p, t in zip(pred, target)]
    return (sum(se) / len(se)).sqrt()


for epoch in range(60):
    idx = torch.randint(0, 400, (32,))
    loss = rmse(model(X[idx]), Y[idx])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 10 == 0:
        print(epoch, loss.item())
