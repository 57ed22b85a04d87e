"""The adding problem: sum of the two marked numbers of a sequence, with a ReLU RNN."""
import torch
from torch import nn

torch.manual_seed(0)
STEPS, HIDDEN = 30, 64


def adding(n):
    values = torch.rand(n, STEPS)
    marks = torch.zeros(n, STEPS)
    first = torch.randint(0, STEPS // 2, (n,))
    second = torch.randint(STEPS // 2, STEPS, (n,))
    rows = torch.arange(n)
    marks[rows, first] = marks[rows, second] = 1
    return torch.stack([values, marks], dim=2), (values * marks).sum(1, keepdim=True)


class AddingRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(2, HIDDEN, nonlinearity="relu", batch_first=True)  # fault: exploding-gradient
        self.readout = nn.Linear(HIDDEN, 1)
        self.reset_parameters()

    def reset_parameters(self):
        for name, p in self.rnn.named_parameters():
            if "weight_hh" in name:
                nn.init.normal_(p, std=0.4)  # fault: exploding-gradient
            elif "weight_ih" in name:
                nn.init.normal_(p, std=0.1)
            else:
                nn.init.zeros_(p)

    def forward(self, x):
        states, _ = self.rnn(x)
        return self.readout(states[:, -1])


model = AddingRNN()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(200):
    x, y = adding(64)
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()  # fault: exploding-gradient
    optimizer.step()
    if step % 25 == 0 or step == 199:
        print(f"{step:4d} {loss.item():.4g}")
