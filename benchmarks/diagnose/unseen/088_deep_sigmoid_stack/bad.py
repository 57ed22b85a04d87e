import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16).float(), torch.tensor(y)


def deep(width=40, depth=10):
    layers = [nn.Linear(64, width)]
    for _ in range(depth):
        layers += [nn.Sigmoid(), nn.Linear(width, width)]  # fault: vanishing-gradient
    layers += [nn.Sigmoid(), nn.Linear(width, 10)]  # fault: vanishing-gradient
    for layer in layers:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
    return nn.Sequential(*layers)  # fault: vanishing-gradient


model = deep()  # fault: vanishing-gradient
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(6):
    for idx in torch.randperm(len(X)).split(64):
        out = model(X[idx])  # fault: vanishing-gradient
        loss = nn.functional.cross_entropy(out, y[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item(), (model(X).argmax(1) == y).float().mean().item())
