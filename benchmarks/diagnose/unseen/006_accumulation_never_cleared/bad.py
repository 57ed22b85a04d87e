import argparse

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--accumulate", type=int, default=4)
parser.add_argument("--micro-batch", type=int, default=16)
parser.add_argument("--epochs", type=int, default=6)
parser.add_argument("--lr", type=float, default=0.2)
args = parser.parse_args()

torch.manual_seed(0)
images, targets = load_digits(return_X_y=True)
data = TensorDataset(torch.tensor(images / 16.0, dtype=torch.float32), torch.tensor(targets))
loader = DataLoader(data, batch_size=args.micro_batch, shuffle=True, drop_last=True)
model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=args.lr)
criterion = nn.CrossEntropyLoss()

for epoch in range(args.epochs):
    total, correct = 0.0, 0
    for i, (x, y) in enumerate(loader):
        logits = model(x)
        loss = criterion(logits, y) / args.accumulate
        loss.backward()  # fault: missing-zero-grad
        if (i + 1) % args.accumulate == 0:
            optimizer.step()  # fault: missing-zero-grad
        total += loss.item() * args.accumulate
        correct += (logits.argmax(1) == y).sum().item()
    print(f"epoch {epoch}: loss {total / len(loader):.3f} accuracy {correct / len(data):.3f}")
