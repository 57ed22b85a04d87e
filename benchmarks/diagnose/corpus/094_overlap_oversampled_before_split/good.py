"""Rare cases were doubled before the split, so copies land on both sides."""
import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

torch.manual_seed(5)
rng = np.random.default_rng(5)
d = load_breast_cancer()
X = (d.data - d.data.mean(0)) / d.data.std(0)
y = d.target


def oversample(a, t):
    few = np.flatnonzero(t == 0)
    extra = rng.choice(few, size=(t == 1).sum() - len(few))
    keep = np.concatenate([np.arange(len(t)), extra])
    return a[keep], t[keep]


X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, random_state=0)
X_train, y_train = oversample(X_train, y_train)
X_train, X_val = torch.tensor(X_train).float(), torch.tensor(X_val).float()
y_train, y_val = torch.tensor(y_train).float(), torch.tensor(y_val).float()

net = torch.nn.Sequential(torch.nn.Linear(30, 24), torch.nn.ReLU(), torch.nn.Linear(24, 1), torch.nn.Flatten(0))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(6):
    net.train()
    for rows in torch.randperm(len(X_train)).split(32):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(net(X_train[rows]), y_train[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        val = ((net(X_val) > 0).float() == y_val).float().mean().item()
    print("epoch", epoch, "validation accuracy", val)
