import torch
import torch.nn as nn


class Forecaster(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.rnn = nn.LSTM(1, hidden, num_layers=1, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, seq):
        out, _ = self.rnn(seq.unsqueeze(-1))
        return self.fc(out[:, -1])  # fault: loss-broadcast


def windows(series, w):
    s = series.unfold(0, w + 1, 1)
    return s[:, :w], s[:, w]


torch.manual_seed(0)
t = torch.arange(700) / 8
series = torch.sin(t) * (1 + 0.3 * torch.sin(t / 7)) + 0.05 * torch.randn(700)
x, y = windows(series, 16)
model = Forecaster()
criterion = nn.SmoothL1Loss()
optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=8)
for epoch in range(8):
    for idx in torch.randperm(500).split(50):
        optimiser.zero_grad()
        loss = criterion(model(x[idx]), y[idx])  # fault: loss-broadcast
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    scheduler.step()
    print(epoch, loss.item())
