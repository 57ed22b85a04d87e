import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

d = load_digits()
x, y = torch.tensor(d.data / 16, dtype=torch.float32), torch.tensor(d.target)
torch.manual_seed(0)
train_dl = DataLoader(TensorDataset(x[:1400], y[:1400]), batch_size=64)
val_dl = DataLoader(TensorDataset(x[1400:], y[1400:]), batch_size=128)
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
optim = torch.optim.Adam(model.parameters(), lr=3e-3)
criterion = nn.CrossEntropyLoss()
epochs = 12

for epoch in range(epochs):
    model.train()
    for inputs, targets in train_dl:
        optim.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optim.step()
    model.eval()
    with torch.no_grad():
        accs = [(model(a).argmax(1) == b).float().mean() for a, b in val_dl]
    print(epoch, loss.item(), torch.stack(accs).mean().item())
