import torch
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.manual_seed(5)
x, y = load_breast_cancer(return_X_y=True)
x = torch.tensor(StandardScaler().fit_transform(x), dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)
x_tr, y_tr, x_te, y_te = x[:450], y[:450], x[450:], y[450:]

logistic = nn.Sequential(nn.Linear(30, 8), nn.ReLU(), nn.Linear(8, 1))
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(logistic.parameters(), lr=0.1, momentum=0.9)


def accuracy(model, x, y):
    with torch.no_grad():
        predicted = (torch.sigmoid(model(x)).squeeze(1) > 0.5).float()
        return (predicted == y).float().mean().item()


for epoch in range(60):
    optimizer.zero_grad()
    loss = criterion(logistic(x_tr).squeeze(1), y_tr)
    loss.backward()
    optimizer.step()
    if epoch % 10 == 9:
        print(f"{epoch + 1}: loss {loss.item():.3f} test accuracy {accuracy(logistic, x_te, y_te):.3f}")
