"""Next character of an endless text; the state is carried from chunk to chunk, cut at each one."""
import torch
from torch import nn

torch.manual_seed(0)
text = "the cat sat on the mat and the dog ran after the cat " * 60
chars = sorted(set(text))
ids = torch.tensor([chars.index(c) for c in text])
streams = ids[: len(ids) // 8 * 8].view(8, -1)


class CharRNN(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.emb = nn.Embedding(len(chars), 16)
        self.lstm = nn.LSTM(16, hidden, batch_first=True)
        self.out = nn.Linear(hidden, len(chars))

    def forward(self, x, state):
        h, state = self.lstm(self.emb(x), state)
        return self.out(h), state


net = CharRNN()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(4):
    state = None
    for start in range(0, streams.shape[1] - 21, 20):
        x, y = streams[:, start:start + 20], streams[:, start + 1:start + 21]
        if state is not None:
            state = tuple(s.detach() for s in state)
        logits, state = net(x, state)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
    print(epoch, loss.item())
