import torch
from torch import nn

torch.manual_seed(0)


class SeqTagger(nn.Module):
    """A tag for every token: is it the same as the token two places before?"""

    def __init__(self, vocab=5, emb=12, hid=20):
        super().__init__()
        self.emb = nn.Embedding(vocab, emb)
        self.lstm = nn.LSTM(emb, hid, bidirectional=True, batch_first=True)
        self.tag = nn.Linear(2 * hid, 2)

    def forward(self, tokens):
        h, _ = self.lstm(self.emb(tokens))
        return self.tag(h)


tokens = torch.randint(0, 5, (400, 10))
tags = torch.zeros_like(tokens)
tags[:, 2:] = (tokens[:, 2:] == tokens[:, :-2]).long()
net = SeqTagger()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(8):
    for b in range(0, 400, 40):
        logits = net(tokens[b:b + 40])
        loss = nn.functional.cross_entropy(logits.reshape(-1, 2), tags[b:b + 40].reshape(-1))
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, float(loss))
