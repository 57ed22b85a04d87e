"""Which topic is a short text about? Token and position embeddings, and a mean over the text."""
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)


class ToyTexts(Dataset):
    """Words 0-49; topic t prefers words 10t .. 10t+9."""

    def __init__(self, n, length=15):
        self.y = torch.randint(5, (n,))
        noise = torch.randint(50, (n, length))
        topic = self.y[:, None] * 10 + torch.randint(10, (n, length))
        self.x = torch.where(torch.rand(n, length) < 0.5, topic, noise)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class Embedder(nn.Module):
    def __init__(self, dim, max_length=64):
        super().__init__()
        self.word = nn.Embedding(50, dim)
        self.position = nn.Embedding(max_length, dim)

    def forward(self, tokens):
        h = self.word(tokens)
        steps = torch.arange(tokens.size(1), device=tokens.device).expand_as(tokens)
        h = self.position(steps)  # fault: input-independent
        return h


class TextNet(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.embed = Embedder(dim)
        self.mix = nn.Sequential(nn.Linear(dim, dim), nn.ReLU())
        self.head = nn.Linear(dim, 5)

    def forward(self, tokens):
        return self.head(self.mix(self.embed(tokens)).mean(1))


loader = DataLoader(ToyTexts(1000), batch_size=50, shuffle=True)
net = TextNet()
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(8):
    hits = 0
    for tokens, topic in loader:
        logits = net(tokens)
        loss = nn.functional.cross_entropy(logits, topic)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        hits += (logits.argmax(1) == topic).sum().item()
    print(f"epoch {epoch} loss {loss.item():.3f} accuracy {hits / 1000:.3f}")
