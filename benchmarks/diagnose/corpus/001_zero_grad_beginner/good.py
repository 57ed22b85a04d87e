import torch
import torch.nn as nn

torch.manual_seed(0)

# make some fake data: 3 groups of points
centers = torch.tensor([[2.0, 2.0], [-2.0, 1.0], [0.0, -2.5]])
y = torch.randint(0, 3, (300,))
X = centers[y] + 0.8 * torch.randn(300, 2)

model = nn.Sequential(
    nn.Linear(2, 16),
    nn.ReLU(),
    nn.Linear(16, 3),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

for epoch in range(100):
    out = model(X)
    loss = criterion(out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", loss.item())

print("accuracy", (model(X).argmax(1) == y).float().mean().item())
