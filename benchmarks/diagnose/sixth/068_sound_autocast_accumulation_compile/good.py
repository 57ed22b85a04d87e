"""bfloat16 autocast, accumulation with the remainder stepped, clipping, a warm-up, a compiled net."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
dataset = TensorDataset(torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y))
loader = DataLoader(dataset, batch_size=16, shuffle=True)
ACCUMULATE, WARMUP = 4, 10

net = nn.Sequential(nn.Linear(64, 64), nn.LayerNorm(64), nn.ReLU(), nn.Linear(64, 10))
model = torch.compile(net, backend="eager")
optimizer = torch.optim.AdamW(net.parameters(), lr=5e-3)
scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / WARMUP))
for epoch in range(3):
    hits = 0
    for number, (xb, yb) in enumerate(loader, 1):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = model(xb)
            loss = nn.functional.cross_entropy(scores, yb)
        (loss / ACCUMULATE).backward()
        hits += (scores.argmax(1) == yb).sum().item()
        if number % ACCUMULATE == 0 or number == len(loader):
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
    print(f"epoch {epoch}: accuracy while training {hits / len(dataset):.3f}")
