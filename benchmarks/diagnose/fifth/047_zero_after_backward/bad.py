import torch
from torch import nn
from sklearn.datasets import load_iris

iris = load_iris()
x = torch.tensor(iris.data, dtype=torch.float32)
x = (x - x.mean(0)) / x.std(0)
y = torch.tensor(iris.target)
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 3))
opt = torch.optim.Adam(model.parameters(), lr=0.02)
history = []
for epoch in range(60):
    out = model(x)
    loss = nn.functional.cross_entropy(out, y)
    loss.backward()  # fault: zero-grad-before-step
    opt.zero_grad()  # fault: zero-grad-before-step
    opt.step()  # fault: zero-grad-before-step
    history.append(loss.item())
print(history[0], history[-1])
