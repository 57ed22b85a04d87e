"""A Trainer with gradient accumulation; the effective batch is `micro_batch * accumulate`."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
SETTINGS = {"micro_batch": 64, "accumulate": 32, "lr": 5e-3, "epochs": 6}  # fault: missing-optimizer-step


class Trainer:
    def __init__(self, model, settings):
        self.model = model
        self.accumulate = settings["accumulate"]
        self.optimizer = torch.optim.Adam(model.parameters(), lr=settings["lr"])
        self.criterion = nn.CrossEntropyLoss()

    def train_epoch(self, loader):
        self.model.train()
        total = 0.0
        for number, (x, y) in enumerate(loader, start=1):
            loss = self.criterion(self.model(x), y)
            (loss / self.accumulate).backward()
            total += loss.item()
            if number % self.accumulate == 0:  # fault: missing-optimizer-step
                self.optimizer.step()  # fault: missing-optimizer-step
                self.optimizer.zero_grad()
        return total / len(loader)


images, labels = load_digits(return_X_y=True)
dataset = TensorDataset(torch.tensor(images / 16, dtype=torch.float32), torch.tensor(labels))
loader = DataLoader(dataset, batch_size=SETTINGS["micro_batch"], shuffle=True, drop_last=True)
trainer = Trainer(nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)), SETTINGS)
for epoch in range(SETTINGS["epochs"]):
    print(f"epoch {epoch}: {trainer.train_epoch(loader):.4f}")
