"""Training counted in iterations and not in epochs, as in papers on diffusion."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)
order = torch.randperm(len(x))
x, y = x[order], y[order]
train_loader = DataLoader(TensorDataset(x[:1500], y[:1500]), batch_size=50)


def forever(loader):
    """Batch after batch, without an end."""
    while True:
        yield next(iter(loader))  # fault: one-batch-only


def test_accuracy(model):
    with torch.no_grad():
        return (model(x[1500:]).argmax(1) == y[1500:]).float().mean().item()


model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
batches = forever(train_loader)
for iteration in range(180):
    images, labels = next(batches)  # fault: one-batch-only
    loss = nn.functional.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if iteration % 30 == 29:
        print(f"iteration {iteration + 1}: loss {loss.item():.4f}, test accuracy {test_accuracy(model):.3f}")
