import torch


class DistanceNet(torch.nn.Module):
    """Learns a map in which distances of pairs match given ones."""

    def __init__(self):
        super().__init__()
        self.map = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))

    def forward(self, a, b):
        difference = self.map(a) - self.map(b)
        return torch.sqrt((difference ** 2).sum(dim=1) + 1e-8)


torch.manual_seed(7)
things = torch.randn(60, 4)
model = DistanceNet()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for it in range(150):
    i, j = torch.randint(0, 60, (2, 128))
    true = (things[i] - things[j]).norm(dim=1)
    loss = (model(things[i], things[j]) - true).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if it % 30 == 0:
        print(it, loss.item())
print("end", loss.item())
