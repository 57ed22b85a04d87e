"""Energy use of a house from weather, hour and the number of people."""
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Energy(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        weather = torch.randn(n, 3, generator=g)
        hour = torch.rand(n, 1, generator=g) * 6.28
        people = torch.randint(0, 5, (n, 1), generator=g).float()
        self.rows = torch.cat([weather, hour.sin(), hour.cos(), (people - 2) / 1.4], 1)
        self.use = -weather[:, :1] + 0.5 * hour.cos() + 1.2 * (people - 2) / 1.4
        self.use += 0.1 * torch.randn(n, 1, generator=g)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i], self.use[i]


class Net(nn.Module):
    def __init__(self, columns=6):
        super().__init__()
        self.weather = nn.Sequential(nn.Linear(3, 16), nn.ReLU())
        self.rest = nn.Sequential(nn.Linear(columns - 3, 16), nn.ReLU())
        self.out = nn.Linear(32, 1)

    def forward(self, x):
        return self.out(torch.cat([self.weather(x[:, :3]), self.rest(x[:, 3:])], 1))


torch.manual_seed(44)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
loader = DataLoader(Energy(1600, 0), batch_size=40, shuffle=True)
for epoch in range(5):
    for rows, use in loader:
        loss = nn.functional.mse_loss(net(rows), use)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
