"""Adding numbers with an RNN; gradients are clipped."""
import torch
from torch import nn


class Adder(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.rnn = nn.RNN(2, hidden, batch_first=True, nonlinearity="relu")
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        h, _ = self.rnn(x)
        return self.out(h[:, -1])


def problem(n, steps=15):
    values = torch.rand(n, steps)
    marks = torch.zeros(n, steps)
    marks[torch.arange(n), torch.randint(0, steps // 2, (n,))] = 1
    marks[torch.arange(n), torch.randint(steps // 2, steps, (n,))] = 1
    return torch.stack([values, marks], 2), (values * marks).sum(1, keepdim=True)


torch.manual_seed(23)
model = Adder()
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for it in range(250):
    x, y = problem(50)
    loss = nn.functional.mse_loss(model(x), y)
    opt.zero_grad()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm=0.5)  # fault: clip-ineffective
    loss.backward()
    opt.step()
    if it % 50 == 0:
        print(it, loss.item())
