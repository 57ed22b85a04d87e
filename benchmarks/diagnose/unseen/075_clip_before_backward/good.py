import torch
import torch.nn as nn

torch.manual_seed(0)


class Adder(nn.Module):
    """Adds the two marked numbers of a sequence (Hochreiter's task, short)."""

    def __init__(self, hidden=32):
        super().__init__()
        self.rnn = nn.LSTM(2, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        h, _ = self.rnn(x)
        return self.out(h[:, -1])


def problem(n, length=8):
    values = torch.rand(n, length)
    marks = torch.zeros(n, length)
    picks = torch.rand(n, length).argsort(1)[:, :2]
    marks.scatter_(1, picks, 1.0)
    return torch.stack([values, marks], -1), (values * marks).sum(1, keepdim=True)


model = Adder()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(300):
    x, y = problem(64)
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
    optimizer.step()
    if step % 60 == 59:
        print(f"step {step + 1}: mse {loss.item():.4f}")
