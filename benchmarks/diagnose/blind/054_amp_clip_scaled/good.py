"""Recurrent net with a gradient scaler and clipping (CPU run of a GPU script)."""
import torch
from torch import nn

torch.manual_seed(38)


class Adder(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.rnn = nn.RNN(2, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.fc(self.rnn(x)[0][:, -1])


def adding_problem(n, length=10):
    values = torch.rand(n, length)
    marks = torch.zeros(n, length)
    for half in (0, 1):
        where = torch.randint(half * length // 2, (half + 1) * length // 2, (n, 1))
        marks.scatter_(1, where, 1.0)
    return torch.stack([values, marks], -1), (values * marks).sum(1, keepdim=True)


model = Adder()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0 ** 14)
for step in range(300):
    x, y = adding_problem(64)
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = model(x)
    loss = nn.functional.mse_loss(out.float(), y)
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    scaler.step(optimizer)
    scaler.update()
    if step % 50 == 49:
        print(step + 1, loss.item(), "variance", y.var().item())
