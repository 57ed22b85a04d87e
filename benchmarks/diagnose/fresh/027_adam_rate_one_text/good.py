"""Sentiment of generated reviews with an LSTM; settings in a dictionary."""
import torch
from torch import nn

CFG = dict(
    vocab_size=200, embed=24, hidden=32, batch=32, steps=220,
    lr=3e-3,
)


class SentimentLSTM(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.embed = nn.Embedding(cfg["vocab_size"], cfg["embed"])
        self.lstm = nn.LSTM(cfg["embed"], cfg["hidden"], batch_first=True)
        self.fc = nn.Linear(cfg["hidden"], 2)

    def forward(self, ids):
        _, (h, _) = self.lstm(self.embed(ids))
        return self.fc(h[-1])


def reviews(n):
    ids = torch.randint(40, CFG["vocab_size"], (n, 12))
    label = torch.randint(0, 2, (n,))
    for slot in range(3):
        ids[torch.arange(n), torch.randint(0, 12, (n,))] = torch.randint(0, 20, (n,)) + 20 * label
    return ids, label


torch.manual_seed(5)
model = SentimentLSTM(CFG)
optimizer = torch.optim.Adam(model.parameters(), lr=CFG["lr"])
criterion = nn.CrossEntropyLoss()
for step in range(CFG["steps"]):
    ids, label = reviews(CFG["batch"])
    optimizer.zero_grad()
    loss = criterion(model(ids), label)
    loss.backward()
    optimizer.step()
    if step % 40 == 0:
        print(step, loss.item())
