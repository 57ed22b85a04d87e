"""Topic of a headline: bag of words, written as a Lightning module but with a loop of our own."""
import random

import torch
import torch.nn.functional as F
from torch import nn

TOPICS = {
    "sport": "match goal team coach league striker season cup".split(),
    "money": "bank market shares profit tax rate budget euro".split(),
    "science": "cell planet study researchers genome orbit virus lab".split(),
    "culture": "film novel singer stage painting festival actor album".split(),
}
COMMON = "the a of in on new after says first year more with over".split()
WORDS = COMMON + [w for ws in TOPICS.values() for w in ws]
VOCAB = {w: i for i, w in enumerate(WORDS)}


def headline(rng):
    label = rng.randrange(4)
    own = list(TOPICS.values())[label]
    words = [rng.choice(own if rng.random() < 0.35 else WORDS) for _ in range(9)]
    return torch.tensor([VOCAB[w] for w in words]), label


class TopicModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(VOCAB), 16)
        self.hidden = nn.Linear(16, 32)
        self.out = nn.Linear(32, 4)

    def forward(self, ids):
        x = self.embedding(ids).mean(dim=1)
        x = torch.relu(self.hidden(x))
        return F.softmax(self.out(x), dim=-1)  # fault: softmax-before-cross-entropy

    def training_step(self, batch):
        ids, labels = batch
        return F.cross_entropy(self(ids), labels)  # fault: softmax-before-cross-entropy

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.005)


def batches(n, rng, size=32):
    for _ in range(n):
        rows = [headline(rng) for _ in range(size)]
        yield torch.stack([ids for ids, _ in rows]), torch.tensor([label for _, label in rows])


def main():
    torch.manual_seed(0)
    rng = random.Random(0)
    model = TopicModel()
    optimizer = model.configure_optimizers()
    for step, batch in enumerate(batches(250, rng)):
        loss = model.training_step(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 50 == 0:
            print(step, loss.item())


main()
