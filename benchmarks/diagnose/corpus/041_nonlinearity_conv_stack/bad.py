import torch
from torch import nn
from sklearn.datasets import load_digits
from torch.utils.data import TensorDataset, DataLoader


def conv_model():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),  # fault: missing-nonlinearity
        nn.BatchNorm2d(8),
        nn.Conv2d(8, 16, 3, padding=1, stride=2),  # fault: missing-nonlinearity
        nn.BatchNorm2d(16),
        nn.Flatten(),
        nn.Linear(16 * 4 * 4, 10),  # fault: missing-nonlinearity
    )


def epoch_of(model, loader, optimizer=None):
    model.train(optimizer is not None)
    loss_sum, n = 0.0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            loss = nn.functional.cross_entropy(model(x), y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * len(x)
            n += len(x)
    return loss_sum / n


if __name__ == "__main__":
    torch.manual_seed(20)
    digits = load_digits()
    # a shallow net is enough here
    x = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
    y = torch.tensor(digits.target)
    tr = DataLoader(TensorDataset(x[:1300], y[:1300]), batch_size=64, shuffle=True)
    va = DataLoader(TensorDataset(x[1300:], y[1300:]), batch_size=256)
    model = conv_model()
    opt = torch.optim.Adam(model.parameters(), lr=2e-3)
    for e in range(4):
        print(e, "train", round(epoch_of(model, tr, opt), 4), "valid", round(epoch_of(model, va), 4))
