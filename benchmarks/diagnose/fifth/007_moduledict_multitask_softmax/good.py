import torch
from sklearn.datasets import load_digits
from torch import nn


class MultiTask(nn.Module):
    def __init__(self, tasks: dict[str, int]):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(64, 64), nn.LeakyReLU())
        self.heads = nn.ModuleDict(
            {
                name: nn.Sequential(nn.Linear(64, n))
                for name, n in tasks.items()
            }
        )

    def forward(self, x):
        h = self.trunk(x)
        return {name: head(h) for name, head in self.heads.items()}


data = load_digits()
x = torch.tensor(data.images.reshape(-1, 64) / 16, dtype=torch.float32)
digit = torch.tensor(data.target)
targets = {"digit": digit, "parity": digit % 2, "third": digit % 3}

torch.manual_seed(2)
model = MultiTask({"digit": 10, "parity": 2, "third": 3})
criteria = {k: nn.CrossEntropyLoss() for k in targets}
opt = torch.optim.Adam(model.parameters(), 2e-3)
for epoch in range(6):
    for idx in torch.randperm(len(x)).split(60):
        outs = model(x[idx])
        loss = sum(criteria[k](outs[k], targets[k][idx]) for k in targets)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
with torch.no_grad():
    for k, o in model(x).items():
        print(k, (o.argmax(1) == targets[k]).float().mean().item())
