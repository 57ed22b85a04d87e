import copy
import os
import torch
from torch import nn
from torch.utils.data import DataLoader, random_split
from torchvision import datasets, transforms

torch.manual_seed(0)
full = datasets.MNIST(os.environ.get("WORKBENCH_DATA", "data"), train=True, transform=transforms.ToTensor())
small = torch.utils.data.Subset(full, range(2000))
train_set, val_set = random_split(small, [1600, 400], generator=torch.Generator().manual_seed(1))
train_loader = DataLoader(train_set, batch_size=50, shuffle=True)
val_loader = DataLoader(val_set, batch_size=200)


class ConvAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 4, 3, 2, 1), nn.ReLU())
        self.dec = nn.Sequential(nn.ConvTranspose2d(4, 8, 2, 2), nn.ReLU(), nn.ConvTranspose2d(8, 1, 2, 2), nn.Sigmoid())

    def forward(self, x):
        return self.dec(self.enc(x))


class EarlyStopping:
    def __init__(self, patience):
        self.patience, self.best, self.bad, self.state = patience, float("inf"), 0, None

    def __call__(self, value, model):
        if value < self.best - 1e-4:
            self.best, self.bad, self.state = value, 0, copy.deepcopy(model.state_dict())
        else:
            self.bad += 1
        return self.bad >= self.patience


model = ConvAE()
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
sched = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, patience=1, factor=0.5)
stop = EarlyStopping(2)
for epoch in range(4):
    model.train()
    for x, _ in train_loader:
        opt.zero_grad()
        loss = nn.functional.mse_loss(model(x), x)
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        val = sum(nn.functional.mse_loss(model(x), x).item() for x, _ in val_loader) / len(val_loader)
    print(epoch, val)
    sched.step(val)
    if stop(val, model):
        break
model.load_state_dict(stop.state)
