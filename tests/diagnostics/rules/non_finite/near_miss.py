"""-inf masks, a log of 0 that a mask drops, missing values that are filled, 0 / 0 in a score of no interest."""

import torch
from torch import nn

torch.manual_seed(6)
x = torch.randn(60, 6, 8)
x[3, 2, 1] = float("nan")
x = torch.nan_to_num(x)
y = (x.mean((1, 2)) > 0).long()
present = torch.rand(60, 6) < 0.7
present[:, 0] = True
bias = present.float().log()


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = nn.Linear(8, 1)
        self.out = nn.Linear(8, 2)

    def forward(self, x, bias):
        s = self.score(torch.tanh(x)).squeeze(2) + bias
        s = s.masked_fill(bias < 0, float("-inf"))
        return self.out((s.softmax(1).unsqueeze(2) * x).sum(1))


net = Attention()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(40):
    scores = net(x, bias)
    loss = nn.functional.cross_entropy(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    hits = ((scores.argmax(1) == 1) & (y == 5)).sum()
    recall = hits / (y == 5).sum()
    print(float(recall))
