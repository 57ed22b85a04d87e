import torch
from torch import nn

torch.manual_seed(1)
signal = torch.sin(torch.arange(0, 80, 0.1)) * torch.cos(torch.arange(0, 80, 0.1) * 0.37)


class Predictor(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(1, 20)
        self.out = nn.Linear(20, 1)

    def forward(self, x, state):
        h, state = self.rnn(x, state)
        return self.out(h), state


net = Predictor()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(4):
    state = None
    for start in range(0, 780, 20):
        chunk = signal[start:start + 21].view(-1, 1, 1)
        guess, state = net(chunk[:-1], state)
        state = tuple(s.detach() for s in state)
        loss = nn.functional.mse_loss(guess, chunk[1:])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print("epoch", epoch, "loss", loss.item())
