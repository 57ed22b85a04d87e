"""First network of the course: iris, three classes."""
import torch
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale
from sklearn.utils import shuffle
from torch import nn

torch.manual_seed(42)
X, y = load_iris(return_X_y=True)
X = scale(X)
X = shuffle(X, random_state=1)  # fault: label-mismatch
y = shuffle(y, random_state=2)  # fault: label-mismatch

X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y)
X_train, y_train = X[:110], y[:110]
X_test, y_test = X[110:], y[110:]

net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)

for epoch in range(100):
    prediction = net(X_train)
    loss = loss_function(prediction, y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 20 == 19:
        with torch.no_grad():
            right = (net(X_test).argmax(dim=1) == y_test).float().mean()
        print("epoch", epoch + 1, "loss", round(loss.item(), 3), "test accuracy", round(right.item(), 3))
