import torch
from torch import nn

torch.manual_seed(0)
series = torch.sin(torch.arange(2000) * 0.1) + 0.1 * torch.randn(2000)
streams = series.view(10, 200)


class Predictor(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 24, batch_first=True)
        self.fc = nn.Linear(24, 1)

    def forward(self, x, hidden):
        out, hidden = self.lstm(x, hidden)
        return self.fc(out), hidden


model = Predictor()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(8):
    hidden = None
    total = 0.0
    for s in range(0, 199 - 20, 20):
        x = streams[:, s:s + 20].unsqueeze(-1)
        y = streams[:, s + 1:s + 21].unsqueeze(-1)
        if hidden is not None:
            hidden = tuple(h.detach() for h in hidden)
        pred, hidden = model(x, hidden)
        loss = nn.functional.mse_loss(pred, y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    print(epoch, total / 9)
