"""A recurrent network by hand whose state grows from step to step of a long series; nothing clips."""

import torch
from torch import nn

torch.manual_seed(15)
x = torch.randn(32, 12, 2)
y = (x.sum((1, 2)) > 0).float()


class Cell(nn.Module):
    def __init__(self):
        super().__init__()
        self.into, self.again, self.out = nn.Linear(2, 16), nn.Linear(16, 16), nn.Linear(16, 1)
        nn.init.normal_(self.again.weight, std=0.8)

    def forward(self, x):
        state = torch.zeros(len(x), 16)
        for step in range(x.shape[1]):
            state = torch.relu(self.into(x[:, step]) + self.again(state))
        return self.out(state).squeeze(1)


net = Cell()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for _ in range(20):
    loss = nn.functional.mse_loss(net(x), y)
    optimizer.zero_grad()
    loss.backward()  # finds: exploding-gradient
    optimizer.step()
