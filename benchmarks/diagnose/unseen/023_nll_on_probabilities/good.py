import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(3)
WORDS = 60
CLASSES = 3


def make_reviews(n):
    """Bags of 20 words; words 0-19 hint at class 0, 20-39 at class 1, 40-59 at class 2."""
    label = torch.randint(0, CLASSES, (n,))
    own = torch.randint(0, 20, (n, 20)) + 20 * label[:, None]
    noise = torch.randint(0, WORDS, (n, 20))
    keep = torch.rand(n, 20) < 0.35
    return torch.where(keep, own, noise), label


class BagOfWords(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.EmbeddingBag(WORDS, 16, mode="mean")
        self.fc = nn.Linear(16, CLASSES)

    def forward(self, text):
        hidden = F.relu(self.embedding(text))
        return F.log_softmax(self.fc(hidden), dim=1)


model = BagOfWords()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.NLLLoss()
for it in range(200):
    text, label = make_reviews(64)
    optimizer.zero_grad()
    out = model(text)
    loss = criterion(out, label)
    loss.backward()
    optimizer.step()
    if it % 40 == 39:
        print(it + 1, f"loss {loss.item():.3f}", f"acc {(out.argmax(1) == label).float().mean().item():.3f}")
