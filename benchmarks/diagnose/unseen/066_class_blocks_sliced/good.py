import torch
import torch.nn as nn

torch.manual_seed(0)
centres = torch.tensor([[0.0, 2.0], [2.0, 0.0], [-2.0, -1.0], [1.0, -2.0]])
X = torch.cat([c + 0.6 * torch.randn(200, 2) for c in centres])
Y = torch.arange(4).repeat_interleave(200)
mixed = torch.randperm(800)
X, Y = X[mixed], Y[mixed]

model = nn.Sequential(nn.Linear(2, 20), nn.Tanh(), nn.Linear(20, 4))
opt = torch.optim.SGD(model.parameters(), lr=0.2)
lossf = nn.CrossEntropyLoss()
bs = 25
for epoch in range(6):
    for i in range(0, 800, bs):
        xb = X[i:i + bs]
        yb = Y[i:i + bs]
        opt.zero_grad()
        loss = lossf(model(xb), yb)
        loss.backward()
        opt.step()
    print(epoch, loss.item(), (model(X).argmax(1) == Y).float().mean().item())
