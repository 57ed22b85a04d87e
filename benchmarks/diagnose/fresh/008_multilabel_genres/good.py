import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import make_multilabel_classification
from torch.utils.data import DataLoader, Dataset


class GenreDataset(Dataset):
    def __init__(self, X, Y):
        self.X = X.astype(np.float32)
        self.Y = Y.astype(np.float32)

    def __len__(self):
        return len(self.X)

    def __getitem__(self, idx):
        return self.X[idx], self.Y[idx]


class GenreClassifier(nn.Module):
    def __init__(self, n_features, n_genres):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_features, 64),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(64, n_genres),
        )

    def forward(self, x):
        return self.layers(x)


class Engine:
    def __init__(self, model, lr=1e-3):
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)

    @staticmethod
    def loss_fn(outputs, targets):
        return nn.BCEWithLogitsLoss()(outputs, targets)

    def train(self, loader):
        self.model.train()
        total = 0
        for x, y in loader:
            self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        return total / len(loader)


torch.manual_seed(11)
X, Y = make_multilabel_classification(1200, n_features=30, n_classes=6, random_state=11)
X = (X - X.mean(0)) / X.std(0)
engine = Engine(GenreClassifier(30, 6))
loader = DataLoader(GenreDataset(X, Y), batch_size=32, shuffle=True)
for epoch in range(8):
    print(epoch, engine.train(loader))
