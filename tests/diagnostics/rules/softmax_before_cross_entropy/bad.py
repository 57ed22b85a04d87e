"""Four blobs; the network ends in a softmax, and so does the criterion."""

import torch
from torch import nn

torch.manual_seed(0)
y = torch.arange(200) % 4
centers = torch.tensor([[2.0, 2.0], [-2.0, 2.0], [-2.0, -2.0], [2.0, -2.0]])
x = centers[y] + 0.6 * torch.randn(200, 2)

net = nn.Sequential(
    nn.Linear(2, 16),
    nn.ReLU(),
    nn.Linear(16, 4),
    nn.Softmax(dim=1),  # finds: softmax-before-cross-entropy
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

for epoch in range(60):
    optimizer.zero_grad()
    loss = criterion(net(x), y)
    loss.backward()
    optimizer.step()
print(f"{loss.item():.4f}")
