import torch
from sklearn.datasets import load_digits
from torch import nn
import torch.nn.functional as F

digits = load_digits()
data = torch.tensor(digits.data, dtype=torch.float32) / 16
labels = torch.tensor(digits.target)


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(64, 50)
        self.l2 = nn.Linear(50, 10)

    def forward(self, x):
        hidden = F.relu(self.l1(x))
        return F.log_softmax(self.l2(hidden), dim=1)


def batches(size):
    for start in range(0, 1500, size):
        yield data[start:start + size], labels[start:start + size]


torch.manual_seed(0)
model = Perceptron()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(10):
    for x, y in batches(50):
        loss = F.nll_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
with torch.no_grad():
    print("test", (model(data[1500:]).argmax(dim=1) == labels[1500:]).float().mean().item())
