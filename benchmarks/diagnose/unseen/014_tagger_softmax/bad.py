"""A toy part-of-speech tagger: the tag of a token depends on it and on the one before."""
import torch
import torch.nn as nn

torch.manual_seed(2)
VOCAB, TAGS, LENGTH = 40, 5, 12


def sample(n):
    words = torch.randint(0, VOCAB, (n, LENGTH))
    previous = torch.cat([torch.zeros(n, 1, dtype=torch.long), words[:, :-1]], dim=1)
    tags = (words // 8 + (previous % 2)) % TAGS
    return words, tags


class Tagger(nn.Module):
    def __init__(self, emb=24, hidden=48):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, emb)
        self.lstm = nn.LSTM(emb, hidden, batch_first=True)
        self.to_tags = nn.Linear(hidden, TAGS)
        self.softmax = nn.Softmax(dim=-1)  # fault: softmax-before-cross-entropy

    def forward(self, words):
        states, _ = self.lstm(self.embed(words))
        return self.softmax(self.to_tags(states))  # fault: softmax-before-cross-entropy


tagger = Tagger()
criterion = nn.CrossEntropyLoss()  # fault: softmax-before-cross-entropy
optimizer = torch.optim.Adam(tagger.parameters(), lr=5e-3)

for step in range(1, 251):
    words, tags = sample(64)
    out = tagger(words)
    loss = criterion(out.reshape(-1, TAGS), tags.reshape(-1))  # fault: softmax-before-cross-entropy
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(tagger.parameters(), 5.0)
    optimizer.step()
    if step % 50 == 0:
        acc = (out.argmax(-1) == tags).float().mean()
        print(f"step {step} loss {loss.item():.3f} token accuracy {acc:.3f}")
