import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer

torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)

model = nn.Sequential(nn.Linear(30, 10), nn.ReLU(), nn.Linear(10, 1))
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(60):
    optimizer.zero_grad()
    out = model(X)
    loss = criterion(out, y.unsqueeze(1))
    loss.backward()
    optimizer.step()
    if epoch % 20 == 19:
        correct = ((out > 0) == y).sum().item()  # fault: metric-broadcast
        print("epoch", epoch + 1, "accuracy", correct / len(y))
