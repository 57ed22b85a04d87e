"""A sequence tagger: is each number of a sequence larger than both of its neighbours, one of them, or none?"""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
LENGTH, TAGS = 12, 3


def sequences(n):
    x = torch.rand(n, LENGTH)
    padded = F.pad(x, (1, 1), value=2.0)
    tags = (x > padded[:, :-2]).long() + (x > padded[:, 2:]).long()
    return x.unsqueeze(2), tags


class Tagger(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, bidirectional=True, batch_first=True)
        self.out = nn.Linear(2 * hidden, TAGS)

    def forward(self, x):
        states, _ = self.lstm(x)
        return F.log_softmax(self.out(states), dim=-1)


model = Tagger()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x_test, tags_test = sequences(200)
for step in range(180):
    x, tags = sequences(40)
    log_probs = model(x)
    loss = F.nll_loss(log_probs.reshape(-1, TAGS), tags.reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 30 == 29:
        with torch.no_grad():
            right = (model(x_test).argmax(-1) == tags_test).float().mean().item()
        print(f"step {step + 1}: loss {loss.item():.3f}, tags right {right:.3f}")
