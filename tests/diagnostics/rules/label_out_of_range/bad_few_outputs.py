"""Five classes in the data, of which the last comes late, and three outputs."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, classes=3):
        super().__init__()
        self.inner, self.outer = nn.Linear(4, 10), nn.Linear(10, classes)

    def forward(self, x):
        return nn.functional.log_softmax(self.outer(torch.relu(self.inner(x))), dim=1)


torch.manual_seed(2)
y = torch.randint(0, 5, (90,))
loader = DataLoader(TensorDataset(torch.randn(90, 4) + y[:, None], y), batch_size=30, shuffle=True)
net = Net()
opt = torch.optim.Adam(net.parameters())
for x, y in loader:
    loss = nn.functional.nll_loss(net(x), y)  # finds: label-out-of-range
    opt.zero_grad()
    loss.backward()
    opt.step()
