"""Image and table fused for one prediction; two towers, two kinds of input."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class Pairs(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.image = torch.randn(n, 1, 8, 8, generator=g)
        self.table = torch.randn(n, 4, generator=g)
        bright = self.image[:, 0, :4].mean((1, 2)) - self.image[:, 0, 4:].mean((1, 2))
        self.y = ((8 * bright + 0.3 * self.table[:, 0]) > 0).float()

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return {"image": self.image[i], "table": self.table[i], "y": self.y[i]}


class Fusion(nn.Module):
    def __init__(self):
        super().__init__()
        self.vision = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16), nn.ReLU())
        self.tabular = nn.Sequential(nn.Linear(4, 8), nn.ReLU())
        self.classifier = nn.Linear(24, 1)

    def forward(self, image, table):
        v = self.vision(image)
        return self.classifier(torch.cat([v, self.tabular(table)], dim=1)).squeeze(1)


torch.manual_seed(1)
net = Fusion()
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
bce = nn.BCEWithLogitsLoss()
loader = DataLoader(Pairs(1600, 0), batch_size=40, shuffle=True)
held = Pairs(600, 1)
for epoch in range(8):
    for b in loader:
        loss = bce(net(b["image"], b["table"]), b["y"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        acc = ((net(held.image, held.table) > 0).float() == held.y).float().mean()
    print(epoch, round(loss.item(), 3), round(acc.item(), 3))
