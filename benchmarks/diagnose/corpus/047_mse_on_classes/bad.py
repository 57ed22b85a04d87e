import torch
from torch import nn
from sklearn.datasets import load_iris
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(9)
iris = load_iris()
features = torch.tensor((iris.data - iris.data.mean(0)) / iris.data.std(0), dtype=torch.float32)
species = torch.tensor(iris.target, dtype=torch.float32).unsqueeze(1)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
criterion = nn.MSELoss()  # fault: wrong-criterion
loader = DataLoader(TensorDataset(features, species), batch_size=15, shuffle=True)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(15):
    for x, t in loader:
        out = net(x)
        loss = criterion(out, t)  # fault: wrong-criterion
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    acc = (net(features).round() == species).float().mean()
    print(epoch, loss.item(), "acc", acc.item())
