"""Which species is it? (iris)"""
import torch
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from torch import nn, optim

torch.manual_seed(0)
X, y = load_iris(return_X_y=True)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.3, random_state=1, stratify=y)
mean, std = X_tr.mean(0), X_tr.std(0)
X_tr = torch.FloatTensor((X_tr - mean) / std)
X_te = torch.FloatTensor((X_te - mean) / std)
y_tr = torch.FloatTensor(y_tr).unsqueeze(1)  # fault: wrong-criterion
y_te = torch.LongTensor(y_te)

net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))  # fault: wrong-criterion
loss_fn = nn.MSELoss()  # fault: wrong-criterion
sgd = optim.SGD(net.parameters(), lr=0.1)
for epoch in range(80):
    sgd.zero_grad()
    scores = net(X_tr)
    loss = loss_fn(scores, y_tr)  # fault: wrong-criterion
    loss.backward()
    sgd.step()
with torch.no_grad():
    guess = net(X_te).argmax(1)
    print("accuracy", (guess == y_te).float().mean().item())
