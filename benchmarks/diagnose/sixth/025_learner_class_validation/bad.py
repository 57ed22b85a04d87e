"""A learner in the manner of course libraries: fit() alternates between training and validation."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(0)


class Learner:
    def __init__(self, model, train_dl, valid_dl, lr):
        self.model, self.train_dl, self.valid_dl = model, train_dl, valid_dl
        self.loss_func = nn.CrossEntropyLoss()
        self.opt = torch.optim.Adam(model.parameters(), lr)

    def one_batch(self, xb, yb):
        loss = self.loss_func(self.model(xb), yb)  # fault: missing-train-mode
        loss.backward()
        self.opt.step()
        self.opt.zero_grad()

    def validate(self):
        self.model.eval()
        with torch.no_grad():
            hits = [(self.model(xb).argmax(1) == yb).float().mean().item() for xb, yb in self.valid_dl]
        return sum(hits) / len(hits)

    def fit(self, epochs):
        self.model.train()  # fault: missing-train-mode
        for epoch in range(epochs):  # fault: missing-train-mode
            for xb, yb in self.train_dl:  # fault: missing-train-mode
                self.one_batch(xb, yb)  # fault: missing-train-mode
            print(f"{epoch}: validation {self.validate():.3f}, training mode {self.model.training}")


x, y = load_digits(return_X_y=True)
data = TensorDataset(torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y))
train, valid = random_split(data, [1400, 397])
model = nn.Sequential(
    nn.Linear(64, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.4), nn.Linear(128, 10)
)
Learner(model, DataLoader(train, 56, shuffle=True), DataLoader(valid, 100), lr=2e-3).fit(5)
