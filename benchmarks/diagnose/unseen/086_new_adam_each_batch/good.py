import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
loader = DataLoader(TensorDataset(torch.tensor(X / 16).float(), torch.tensor(y)), batch_size=64, shuffle=True)


def train_batch(model, xb, yb):
    model.train()
    optimizer.zero_grad()
    loss = nn.CrossEntropyLoss()(model(xb), yb)
    loss.backward()
    optimizer.step()
    return loss.item()


model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(6):
    losses = [train_batch(model, xb, yb) for xb, yb in loader]
    print(f"epoch {epoch}: {sum(losses) / len(losses):.4f}")
