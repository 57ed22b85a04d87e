"""The softmax stands between the model and the loss, after a squeeze; accuracy would not show it."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(2)
y = torch.randint(0, 3, (90,))
x = torch.randn(90, 1, 5) + y[:, None, None]


class Scores(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(5, 12)
        self.outer = nn.Linear(12, 3)

    def forward(self, x):
        return self.outer(torch.tanh(self.inner(x)))


model = Scores()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(40):
    probabilities = F.softmax(model(x), dim=-1)  # finds: softmax-before-cross-entropy
    loss = F.cross_entropy(probabilities.squeeze(1), y, label_smoothing=0.05)
    opt.zero_grad()
    loss.backward()
    opt.step()
