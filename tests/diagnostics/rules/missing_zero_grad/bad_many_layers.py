"""Five layers, momentum, and no zeroing: later steps are looked at less closely than the first."""

import torch
from torch import nn

torch.manual_seed(1)
y = torch.arange(120) % 2
x = torch.randn(120, 6) + 1.5 * y[:, None]


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = [6, 12, 12, 12, 12]
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.last = nn.Linear(12, 2)

    def forward(self, x):
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.last(x)


model = Deep()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for epoch in range(120):
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()  # finds: missing-zero-grad
print(f"{loss.item():.4f}")
