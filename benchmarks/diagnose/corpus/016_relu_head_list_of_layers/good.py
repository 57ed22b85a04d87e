import torch
from sklearn.datasets import load_wine

torch.manual_seed(17)
X, y = load_wine(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor(y)

sizes = [13, 32, 16, 3]
layers = []
for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
    layers.append(torch.nn.Linear(a, b))
    if i < len(sizes) - 2:
        layers.append(torch.nn.ReLU())
mlp = torch.nn.Sequential(*layers)
opt = torch.optim.SGD(mlp.parameters(), lr=0.1)
ce = torch.nn.CrossEntropyLoss()
for epoch in range(150):
    opt.zero_grad()
    loss = ce(mlp(X), y)
    loss.backward()
    opt.step()
    if epoch % 30 == 0:
        print("epoch", epoch, "loss", float(loss))
print("accuracy", (mlp(X).argmax(1) == y).float().mean().item())
