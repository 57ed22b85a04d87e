"""Words as numbers, padded sentences, the mean of their embeddings; many words never occur."""

import torch
from torch import nn
from torch.utils.data import DataLoader

torch.manual_seed(5)
sentences = []
for number in range(160):
    kind = number % 2
    words = torch.randint(1, 20, (int(torch.randint(3, 9, (1,))),)) + 20 * kind
    sentences.append((words, kind))


def together(batch):
    words = nn.utils.rnn.pad_sequence([words for words, _ in batch], batch_first=True)
    return words, torch.tensor([kind for _, kind in batch])


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(500, 12, padding_idx=0)
        self.out = nn.Linear(12, 2)

    def forward(self, words):
        there = (words != 0).unsqueeze(2)
        mean = (self.embed(words) * there).sum(1) / there.sum(1).clamp_min(1)
        return self.out(mean)


net = Bag()
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(4):
    for words, kind in DataLoader(sentences, batch_size=20, shuffle=True, collate_fn=together):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(words), kind)
        loss.backward()
        optimizer.step()
