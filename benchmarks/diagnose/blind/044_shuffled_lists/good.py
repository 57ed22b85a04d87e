"""Language of a made-up word: characters to an LSTM-free bag of bigrams."""
import random

import torch
from torch import nn

random.seed(1)
torch.manual_seed(1)
SYLLABLES = [["ka", "to", "mi", "ra"], ["schn", "ung", "ter", "pf"], ["eau", "que", "ille", "oux"]]
words, langs = [], []
for _ in range(1500):
    lang = random.randrange(3)
    words.append("".join(random.choices(SYLLABLES[lang], k=random.randint(2, 4))))
    langs.append(lang)

pairs = list(zip(words, langs))
random.shuffle(pairs)
words, langs = zip(*pairs)


def features(word):
    v = torch.zeros(26 * 26)
    for a, b in zip(word, word[1:]):
        v[(ord(a) - 97) * 26 + ord(b) - 97] += 1
    return v


X = torch.stack([features(w) for w in words])
y = torch.tensor(langs)
net = nn.Sequential(nn.Linear(676, 32), nn.ReLU(), nn.Linear(32, 3))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(6):
    for i in range(0, 1200, 40):
        loss = nn.functional.cross_entropy(net(X[i:i + 40]), y[i:i + 40])
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        valid = (net(X[1200:]).argmax(1) == y[1200:]).float().mean().item()
    print(epoch, f"loss {loss.item():.3f} validation {valid:.3f}")
