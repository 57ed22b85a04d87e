import csv
import io
import torch
import torch.nn as nn
from sklearn.datasets import load_iris

# pretend the table came from a file
iris = load_iris()
buffer = io.StringIO()
csv.writer(buffer).writerows([*row, int(t)] for row, t in zip(iris.data, iris.target))
rows = [[float(v) for v in line] for line in csv.reader(io.StringIO(buffer.getvalue()))]
table = torch.tensor(rows)
X = (table[:, :4] - table[:, :4].mean(0)) / table[:, :4].std(0)
y = table[:, 4].long()

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(100):
    optimizer.zero_grad()
    out = model(X)
    loss = loss_fn(out, y)
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        print(epoch, loss.item(), (out.argmax(1) == y).float().mean().item())
