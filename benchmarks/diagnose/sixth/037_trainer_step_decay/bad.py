"""A Trainer with step decay: a tenth of the rate after every five epochs."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)


class Trainer:
    def __init__(self, model, lr, decay_every):
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        self.scheduler = StepLR(self.optimizer, decay_every, gamma=0.1)  # fault: scheduler-misuse

    def update(self, loss):
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.scheduler.step()  # fault: scheduler-misuse

    def epoch(self, loader):
        total = 0.0
        for xb, yb in loader:
            loss = nn.functional.cross_entropy(self.model(xb), yb)
            self.update(loss)
            total += loss.item()
        return total / len(loader)


x, y = load_digits(return_X_y=True)
dataset = TensorDataset(torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y))
loader = DataLoader(dataset, batch_size=100, shuffle=True)
model = nn.Sequential(nn.Linear(64, 100), nn.ReLU(), nn.Linear(100, 10))
trainer = Trainer(model, lr=0.1, decay_every=5)
for epoch in range(8):
    print(f"epoch {epoch}: loss {trainer.epoch(loader):.4f}, lr {trainer.scheduler.get_last_lr()[0]:.2g}")
