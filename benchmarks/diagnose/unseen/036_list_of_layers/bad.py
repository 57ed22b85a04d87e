import torch
from torch import nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
loader = DataLoader(TensorDataset(torch.tensor(X / 16).float(), torch.tensor(y)), batch_size=64, shuffle=True)


class DeepNet(nn.Module):
    def __init__(self, depth=3, width=40):
        super().__init__()
        self.inp = nn.Linear(64, width)
        self.hidden = [nn.Linear(width, width) for _ in range(depth)]  # fault: unregistered-submodule
        self.out = nn.Linear(width, 10)

    def forward(self, x):
        x = torch.relu(self.inp(x))
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.out(x)


model = DeepNet()
print("parameters:", sum(p.numel() for p in model.parameters()))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)  # fault: unregistered-submodule
for epoch in range(8):
    good = 0
    for xb, yb in loader:
        optimizer.zero_grad()
        out = model(xb)
        loss = criterion(out, yb)
        loss.backward()
        optimizer.step()
        good += (out.argmax(1) == yb).sum().item()
    print(f"epoch {epoch}: loss {loss.item():.3f} acc {good / len(y):.3f}")
