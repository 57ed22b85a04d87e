import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(14)
series = torch.sin(torch.arange(0, 60, 0.1)) + 0.05 * torch.randn(600)
WINDOW = 20
windows = series.unfold(0, WINDOW + 1, 1)
inputs, nxt = windows[:, :-1].unsqueeze(-1), windows[:, -1:]


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, 16, batch_first=True)
        self.linear = nn.Linear(16, 1)

    def forward(self, w):
        hidden, _ = self.gru(w)
        return self.linear(hidden[:, -1]).flatten()  # fault: loss-broadcast


model = Forecaster()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(5):
    epoch_losses = []
    for rows in torch.randperm(len(inputs)).split(32):
        optimizer.zero_grad()
        loss = F.smooth_l1_loss(model(inputs[rows]), nxt[rows])  # fault: loss-broadcast
        loss.backward()
        optimizer.step()
        epoch_losses.append(loss.item())
    print(f"[{epoch}] loss {sum(epoch_losses) / len(epoch_losses):.5f}")
