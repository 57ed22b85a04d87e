"""Walk-forward validation of a temporal convolution; a new network for each window; not shuffled on purpose."""
import torch
from torch import nn

torch.manual_seed(15)
t = torch.arange(900).float()
series = torch.sin(t / 9) + 0.3 * torch.sin(t / 3.1) + 0.1 * torch.randn(900)
X = series.unfold(0, 24, 1)[:-1].unsqueeze(1)
y = series[24:].unsqueeze(1)


class TCN(nn.Module):
    def __init__(self, ch=12):
        super().__init__()
        self.c1 = nn.Conv1d(1, ch, 3, padding=2)
        self.c2 = nn.Conv1d(ch, ch, 3, padding=4, dilation=2)
        self.out = nn.Linear(ch, 1)

    def forward(self, x):
        h = torch.relu(self.c1(x)[..., :-2])
        h = torch.relu(self.c2(h)[..., :-4]) + h
        return self.out(h[..., -1])


scores = []
for end in (300, 500, 700):
    net = TCN()
    opt = torch.optim.Adam(net.parameters(), lr=5e-3)
    for epoch in range(8):
        for i in range(0, end, 50):
            loss = nn.functional.l1_loss(net(X[i:i + 50]), y[i:i + 50])
            opt.zero_grad()
            loss.backward()
            opt.step()
    net.eval()
    with torch.no_grad():
        scores.append(nn.functional.l1_loss(net(X[end:end + 100]), y[end:end + 100]).item())
    print(end, scores[-1])
