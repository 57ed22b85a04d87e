"""Two-stage text tagger: the embedding has an optimizer of its own."""
import torch
from torch import nn

torch.manual_seed(2)
VOCAB, CLASSES, LENGTH = 50, 4, 8
tokens = torch.randint(0, VOCAB, (400, LENGTH))
labels = (tokens.float().mean(1) / VOCAB * 8 - 2).long().clamp(0, CLASSES - 1)


class BagTagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(VOCAB, 12)
        self.out = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, CLASSES))

    def forward(self, ids):
        return self.out(self.emb(ids).mean(dim=1))


def train(model, epochs=20, bs=40):
    emb_opt = torch.optim.Adagrad(model.emb.parameters(), lr=0.1)
    net_opt = torch.optim.SGD(model.out.parameters(), lr=0.2)
    ce = nn.CrossEntropyLoss()
    for e in range(epochs):
        total = 0.0
        for k in torch.randperm(len(tokens)).split(bs):
            emb_opt.zero_grad()
            loss = ce(model(tokens[k]), labels[k])
            loss.backward()  # fault: missing-zero-grad
            emb_opt.step()
            net_opt.step()  # fault: missing-zero-grad
            total += loss.item()
        print(f"epoch {e} loss {total / (len(tokens) // bs):.4f}")


train(BagTagger())
