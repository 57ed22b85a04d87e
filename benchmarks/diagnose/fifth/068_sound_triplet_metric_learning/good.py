import torch
from sklearn.datasets import load_digits
from torch import nn

d = load_digits()
x, y = torch.tensor(d.data / 16, dtype=torch.float32), torch.tensor(d.target)
torch.manual_seed(0)
embed = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 8))
opt = torch.optim.Adam(embed.parameters(), lr=2e-3)
miner = torch.Generator().manual_seed(1)
for step in range(150):
    idx = torch.randint(0, 1500, (96,), generator=miner)
    z = nn.functional.normalize(embed(x[idx]), dim=1)
    dist = torch.cdist(z, z)
    same = y[idx][:, None] == y[idx][None, :]
    hardest_positive = (dist * same).amax(1)
    hardest_negative = (dist + 10.0 * same).amin(1)
    loss = nn.functional.relu(hardest_positive - hardest_negative + 0.3).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 30 == 0:
        print(step, loss.item())
with torch.no_grad():
    z = nn.functional.normalize(embed(x), dim=1)
    nearest = torch.cdist(z[1500:], z[:1500]).argmin(1)
    print("1-NN", (y[:1500][nearest] == y[1500:]).float().mean().item())
