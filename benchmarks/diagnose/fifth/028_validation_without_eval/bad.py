import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import KFold
from torch import nn


def build():
    return nn.Sequential(
        nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.4), nn.Linear(64, 10)
    )


x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)
torch.manual_seed(0)
scores = []
for fold, (train_idx, test_idx) in enumerate(KFold(3, shuffle=True, random_state=0).split(x)):
    net = build()
    opt = torch.optim.Adam(net.parameters(), lr=2e-3)
    train_idx, test_idx = torch.from_numpy(train_idx), torch.from_numpy(test_idx)
    for epoch in range(4):
        net.train()
        for idx in train_idx[torch.randperm(len(train_idx))].split(64):
            loss = nn.functional.cross_entropy(net(x[idx]), y[idx])
            opt.zero_grad()
            loss.backward()
            opt.step()
    with torch.no_grad():
        predicted = net(x[test_idx]).argmax(1)  # fault: missing-eval-mode
        scores.append((predicted == y[test_idx]).float().mean().item())
    print("fold", fold, scores[-1])
print("mean", sum(scores) / len(scores))
