import torch
from sklearn.datasets import make_regression
from torch import nn

X, y = make_regression(600, 12, noise=5.0, random_state=0)
X = torch.tensor(X).float()
y = torch.tensor(y / y.std()).float().unsqueeze(1)


def train_epoch(model, batch_size, lr):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)  # fault: optimizer-recreated
    for i in torch.randperm(len(X)).split(batch_size):
        loss = nn.functional.mse_loss(model(X[i]), y[i])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 1))
for epoch in range(15):
    print(epoch, train_epoch(model, 100, 2e-3))  # fault: optimizer-recreated
