"""Of two networks that share an optimizer, the first is called under no_grad."""

import torch
from torch import nn


class Trainer:
    def __init__(self, body, head):
        self.body, self.head = body, head
        self.opt = torch.optim.AdamW(list(body.parameters()) + list(head.parameters()), lr=0.01)

    def features(self, x):
        with torch.no_grad():  # finds: no-gradient
            return self.body(x)

    def step(self, x, y):
        loss = nn.functional.mse_loss(self.head(self.features(x)), y)
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        return loss.item()


torch.manual_seed(6)
x = torch.randn(120, 5)
y = x.prod(1, keepdim=True).tanh()
trainer = Trainer(nn.Sequential(nn.Linear(5, 20), nn.ReLU()), nn.Linear(20, 1))
print([trainer.step(x, y) for _ in range(30)][-1])
