"""An LSTM that counts ones; the forget gates begin open, as Jozefowicz and others recommend."""
import torch
from torch import nn

torch.manual_seed(0)


def bits(n, length=20):
    x = (torch.rand(n, length) < torch.rand(n, 1)).float()
    return x.unsqueeze(2), x.mean(1)


class Counter(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)
        self.open_forget_gates(hidden)

    def open_forget_gates(self, hidden):
        for name, bias in self.lstm.named_parameters():
            if name.startswith("bias_ih"):
                with torch.no_grad():
                    bias[hidden : 2 * hidden].fill_(1.0)

    def forward(self, x):
        states, _ = self.lstm(x)
        return self.out(states[:, -1]).squeeze(1)


model = Counter()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
criterion = nn.SmoothL1Loss()
for step in range(150):
    x, share = bits(50)
    loss = criterion(model(x), share)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step % 30 == 29:
        print(f"step {step + 1}: {loss.item():.5f}")
