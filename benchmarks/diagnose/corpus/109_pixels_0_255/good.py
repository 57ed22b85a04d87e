import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Patches(Dataset):
    """8-bit grey patches: stripes lie or stand."""

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.kind = rng.integers(0, 2, n)
        stripes = (np.indices((10, 10))[0] % 2).astype(np.uint8)
        self.img = np.stack([(stripes if k else stripes.T) * 120 for k in self.kind])
        self.img = (self.img + rng.integers(0, 130, self.img.shape)).astype(np.uint8)

    def __len__(self):
        return len(self.kind)

    def __getitem__(self, i):
        image = torch.from_numpy(self.img[i].astype(np.float32)).flatten()
        return (image - 127.5) / 64, int(self.kind[i])


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(100, 32), nn.Tanh(), nn.Linear(32, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
loader = DataLoader(Patches(500, 1), batch_size=25, shuffle=True)
for epoch in range(5):
    for image, kind in loader:
        loss = nn.functional.cross_entropy(net(image), kind)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print("epoch", epoch, "loss", loss.item())
