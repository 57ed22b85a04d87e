"""Time series classification: LSTM outputs are (batch, time, hidden), the code thinks otherwise."""
import torch
import torch.nn as nn


class SeqClassifier(nn.Module):
    def __init__(self, n_in=2, hidden=24, classes=3, steps=16):
        super().__init__()
        self.steps = steps
        self.hidden = hidden
        self.rnn = nn.GRU(n_in, hidden)
        self.fc = nn.Linear(hidden, classes)

    def forward(self, x):  # x is (batch, time, channels)
        x = x.reshape(self.steps, x.size(0), -1)  # fault: batch-dim-mixing
        out, h = self.rnn(x)
        return self.fc(out[-1])


def make(n, steps=16):
    c = torch.randint(0, 3, (n,))
    t = torch.arange(steps).float()
    speed = 0.4 + 0.35 * c[:, None]
    p = 6.28 * torch.rand(n, 1)
    x = torch.stack([torch.sin(speed * t + p), torch.cos(speed * t + p)], dim=2)
    return x + 0.1 * torch.randn_like(x), c


torch.manual_seed(13)
x, y = make(1600)
model = SeqClassifier()
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
loss_function = nn.CrossEntropyLoss()
for epoch in range(9):
    for idx in torch.randperm(1600).split(64):
        opt.zero_grad()
        loss = loss_function(model(x[idx]), y[idx])
        loss.backward()
        opt.step()
    print(f"epoch {epoch} loss {loss.item():.3f}")
