"""Multilabel tagging, some tags rarer than others (pos_weight)."""
import torch
import torch.nn as nn

torch.manual_seed(11)
N, D, TAGS = 2000, 30, 6
x = torch.randn(N, D)
rule = torch.randn(D, TAGS)
y = ((x @ rule) / D ** 0.5 > 0.3).float()
pos_weight = (1 - y).sum(0) / y.sum(0)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(D, 64), nn.GELU(), nn.Linear(64, TAGS))

    def forward(self, features):
        return torch.sigmoid(self.body(features))  # fault: sigmoid-before-bce-logits


def f1(prob, target):
    hit = ((prob > 0.5) & (target > 0.5)).sum(0)
    return (2 * hit / ((prob > 0.5).sum(0) + target.sum(0)).clamp(min=1)).mean()


tagger = Tagger()
opt = torch.optim.AdamW(tagger.parameters(), lr=1e-3)
loss_fn = nn.BCEWithLogitsLoss(pos_weight=pos_weight)
for epoch in range(4):
    order = torch.randperm(1600)
    for rows in order.split(50):
        loss = loss_fn(tagger(x[rows]), y[rows])  # fault: sigmoid-before-bce-logits
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        val = tagger(x[1600:])
        print(epoch, "loss %.3f" % loss.item(), "macro F1 %.3f" % f1(val, y[1600:]).item())
