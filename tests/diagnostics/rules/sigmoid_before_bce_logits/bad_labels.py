"""Several labels an example; forward ends in a ReLU, so that no label can ever be denied."""

import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(8, 24)
        self.tags = nn.Linear(24, 4)

    def forward(self, x):
        return torch.relu(self.tags(torch.relu(self.hidden(x))))  # finds: sigmoid-before-bce-logits


torch.manual_seed(2)
x = torch.randn(128, 8)
y = (x[:, :4] + x[:, 4:] > 0.5).float()
tagger = Tagger()
loss_function = nn.BCEWithLogitsLoss(pos_weight=torch.full((4,), 2.0))
opt = torch.optim.Adam(tagger.parameters(), lr=0.01)
for _ in range(50):
    opt.zero_grad()
    loss = loss_function(tagger(x), y)
    loss.backward()
    opt.step()
