import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def blobs(n_per_class=120, n_classes=4, seed=0):
    gen = torch.Generator().manual_seed(seed)
    xs, ys = [], []
    for c in range(n_classes):
        centre = 3 * torch.randn(6, generator=gen)
        xs.append(centre + torch.randn(n_per_class, 6, generator=gen))
        ys.append(torch.full((n_per_class,), c))
    return torch.cat(xs), torch.cat(ys)


def build(n_in, n_out):
    return nn.Sequential(
        nn.Linear(n_in, 32), nn.ReLU(),
        nn.Linear(32, 32), nn.ReLU(),
        nn.Linear(32, n_out), nn.Sigmoid(),  # fault: activation-before-cross-entropy
    )


def run(epochs=8):
    torch.manual_seed(0)
    x, y = blobs()
    loader = DataLoader(TensorDataset(x, y), 24, shuffle=True)
    model = build(6, 4)
    optim = torch.optim.Adam(model.parameters(), 3e-3)
    loss_fn = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        seen = total = hit = 0
        for xb, yb in loader:
            pred = model(xb)
            loss = loss_fn(pred, yb)
            optim.zero_grad()
            loss.backward()
            optim.step()
            seen += len(xb)
            total += loss.item() * len(xb)
            hit += (pred.argmax(1) == yb).sum().item()
        print(f"{epoch}: loss={total / seen:.3f} acc={hit / seen:.3f}")


run()
