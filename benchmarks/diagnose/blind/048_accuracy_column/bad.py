"""Occupancy of a room from sensors, binary with one logit."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(32)
sensors = torch.randn(1200, 5)
occupied = ((sensors[:, 0] + sensors[:, 1] * sensors[:, 2]) > 0.2).float()
train = DataLoader(TensorDataset(sensors[:1000], occupied[:1000]), batch_size=50, shuffle=True)
test = DataLoader(TensorDataset(sensors[1000:], occupied[1000:]), batch_size=50)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x):
        return self.net(x)


model = Net()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
loss_fn = nn.BCEWithLogitsLoss()
for epoch in range(5):
    model.train()
    for x, y in train:
        opt.zero_grad()
        loss = loss_fn(model(x), y.unsqueeze(1))
        loss.backward()
        opt.step()
    model.eval()
    scores = []
    with torch.no_grad():
        for x, y in test:
            predicted = (torch.sigmoid(model(x)) > 0.5).float()  # fault: metric-broadcast
            scores.append((predicted == y).float().mean().item())  # fault: metric-broadcast
    print(f"epoch {epoch}: loss {loss.item():.3f}, accuracy {sum(scores) / len(scores):.3f}")
