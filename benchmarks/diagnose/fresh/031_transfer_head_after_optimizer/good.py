"""Transfer learning: the head is replaced, but the optimizer is older."""
import torch
import torch.nn as nn


class Backbone(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
        self.fc = nn.Linear(32, classes)

    def forward(self, x):
        return self.fc(self.body(x))


torch.manual_seed(19)
x = torch.randn(1200, 30)
y = (x[:, :6] @ torch.randn(6, 7)).argmax(1)
model = Backbone(100)
model.fc = nn.Linear(model.fc.in_features, 7)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
criterion = nn.CrossEntropyLoss()


def run_epoch(train=True, batch=50):
    model.train(train)
    total = 0.0
    rows = torch.randperm(1000) if train else torch.arange(1000, 1200)
    for idx in rows.split(batch):
        with torch.set_grad_enabled(train):
            loss = criterion(model(x[idx]), y[idx])
        if train:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        total += loss.item() * len(idx)
    return total / len(rows)


for epoch in range(8):
    print(epoch, run_epoch(True), run_epoch(False))
