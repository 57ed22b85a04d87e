import torch
from torch import nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
ds = TensorDataset(torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y))
loader = DataLoader(ds, batch_size=64, shuffle=True)
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
learning_rate = 10.0  # fault: lr-too-high
opt = torch.optim.SGD(model.parameters(), lr=learning_rate)  # fault: lr-too-high
loss_fn = nn.CrossEntropyLoss()

for epoch in range(8):
    hits = 0
    for xb, yb in loader:
        opt.zero_grad()
        out = model(xb)
        loss = loss_fn(out, yb)
        loss.backward()
        opt.step()  # fault: lr-too-high
        hits += (out.argmax(1) == yb).sum().item()
    print("epoch", epoch, "loss", loss.item(), "accuracy", hits / len(ds))
