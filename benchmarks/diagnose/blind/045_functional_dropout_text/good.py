"""Character CNN with dropout; predicts whether brackets in a string are balanced by number."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class CharCNN(nn.Module):
    def __init__(self, vocab=6, dim=16, p=0.4):
        super().__init__()
        self.p = p
        self.emb = nn.Embedding(vocab, dim)
        self.conv = nn.Conv1d(dim, 32, 3, padding=1)
        self.out = nn.Linear(32, 2)

    def forward(self, ids):
        e = F.dropout(self.emb(ids), self.p, training=self.training)
        h = F.relu(self.conv(e.transpose(1, 2))).mean(-1)
        h = F.dropout(h, self.p, training=self.training)
        return self.out(h)


def strings(n):
    ids = torch.randint(0, 6, (n, 14))
    return ids, ((ids == 0).sum(1) > (ids == 1).sum(1)).long()


torch.manual_seed(27)
model = CharCNN()
opt = torch.optim.Adam(model.parameters(), lr=4e-3)
val_x, val_y = strings(500)
for step in range(1, 301):
    model.train()
    ids, y = strings(64)
    loss = F.cross_entropy(model(ids), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 50 == 0:
        model.eval()
        with torch.no_grad():
            print(step, loss.item(), (model(val_x).argmax(1) == val_y).float().mean().item())
