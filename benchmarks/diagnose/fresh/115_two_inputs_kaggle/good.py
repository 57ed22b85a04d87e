"""Categories through embeddings, numbers as they are; log of the price is predicted; RMSLE."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

rng = np.random.default_rng(1)
area, year = rng.uniform(30, 250, 1500), rng.integers(1900, 2020, 1500)
zone, kind = rng.choice(list("ABCDE"), 1500), rng.choice(["flat", "house"], 1500)
price = np.exp(11 + 0.006 * area + 0.004 * (year - 1960) + 0.2 * (zone == "A")
               + 0.3 * (kind == "house") + 0.1 * rng.normal(size=1500))
codes = np.stack([np.unique(column, return_inverse=True)[1] for column in (zone, kind)], axis=1)
numbers = np.stack([area, year], axis=1)
train_rows, valid_rows = np.arange(1200), np.arange(1200, 1500)
numbers = (numbers - numbers[train_rows].mean(0)) / numbers[train_rows].std(0)
target = np.log(price) - np.log(price[train_rows]).mean()


class Houses(Dataset):
    def __init__(self, rows):
        self.cat = torch.tensor(codes[rows], dtype=torch.long)
        self.num = torch.tensor(numbers[rows], dtype=torch.float32)
        self.y = torch.tensor(target[rows], dtype=torch.float32)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.cat[i], self.num[i], self.y[i]


class TabularModel(nn.Module):
    def __init__(self, sizes=((5, 3), (2, 2)), n_num=2):
        super().__init__()
        self.embeds = nn.ModuleList(nn.Embedding(n, d) for n, d in sizes)
        self.bn = nn.BatchNorm1d(n_num)
        self.lin = nn.Sequential(nn.Linear(5 + n_num, 64), nn.ReLU(), nn.Dropout(0.05), nn.Linear(64, 1))

    def forward(self, cat, num):
        x = torch.cat([e(cat[:, i]) for i, e in enumerate(self.embeds)] + [self.bn(num)], 1)
        return self.lin(x).squeeze(-1)


torch.manual_seed(1)
model = TabularModel()
opt = torch.optim.Adam(model.parameters(), lr=4e-3)
sched = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, patience=2)
train_dl, valid_dl = DataLoader(Houses(train_rows), 64, shuffle=True), DataLoader(Houses(valid_rows), 300)
for epoch in range(8):
    model.train()
    for cat, num, y in train_dl:
        opt.zero_grad()
        loss = nn.functional.mse_loss(model(cat, num), y)
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        rmsle = np.mean([nn.functional.mse_loss(model(c, n), y).item() for c, n, y in valid_dl]) ** 0.5
    sched.step(rmsle)
    print(epoch, round(rmsle, 4))
