"""Character model on a made-up text, chunk after chunk with the state carried on."""
import torch
from torch import nn

torch.manual_seed(0)
text = ("the cat sat on the mat and the dog sat on the log " * 60)
chars = sorted(set(text))
codes = torch.tensor([chars.index(c) for c in text])


class CharRNN(nn.Module):
    def __init__(self, vocab, hidden=48):
        super().__init__()
        self.emb = nn.Embedding(vocab, 16)
        self.rnn = nn.GRU(16, hidden, batch_first=True)
        self.out = nn.Linear(hidden, vocab)

    def forward(self, ids, state=None):
        h, state = self.rnn(self.emb(ids), state)
        return self.out(h), state


net = CharRNN(len(chars))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
chunk = 30
for epoch in range(3):
    state = None
    for i in range(0, len(codes) - chunk - 1, chunk):
        x = codes[i:i + chunk][None]
        y = codes[i + 1:i + chunk + 1][None]
        logits, state = net(x, state)
        state = state.detach()
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(f"epoch {epoch} loss {loss.item():.3f}")
