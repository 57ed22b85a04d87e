"""next() on an endless generator, one batch a step, an evaluation now and then."""
import torch
from sklearn.datasets import load_digits
from torch import nn

d = load_digits()
x, y = torch.tensor(d.data / 16, dtype=torch.float32), torch.tensor(d.target)
torch.manual_seed(0)


def endless(n, size):
    while True:
        yield from torch.randperm(n).split(size)


model = nn.Sequential(nn.Linear(64, 64), nn.LayerNorm(64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 10))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
warmup = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(1.0, (s + 1) / 20))
stream = endless(1500, 50)
best, patience = 0.0, 0
for step in range(1, 201):
    model.train()
    idx = next(stream)
    loss = nn.functional.cross_entropy(model(x[idx]), y[idx], label_smoothing=0.1)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    warmup.step()
    if step % 25 == 0:
        model.eval()
        with torch.no_grad():
            acc = (model(x[1500:]).argmax(1) == y[1500:]).float().mean().item()
        patience = 0 if acc > best else patience + 1
        best = max(best, acc)
        print(step, loss.item(), acc)
        if patience == 3:
            break
