import torch
from sklearn.datasets import load_digits
from torch import nn

d = load_digits()
x = torch.tensor(d.data / 16, dtype=torch.float32)
y = torch.tensor(d.target)
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
criterion = nn.MSELoss()  # fault: wrong-criterion
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(8):
    hits = 0
    for idx in torch.randperm(len(x)).split(60):
        output = model(x[idx]).squeeze(1)
        loss = criterion(output, y[idx].float())  # fault: wrong-criterion
        hits += (output.round() == y[idx]).sum().item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), hits / len(x))
