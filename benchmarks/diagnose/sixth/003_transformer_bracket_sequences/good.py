"""Does the token that came first come back later? A small transformer encoder on made-up sequences."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

VOCAB, LENGTH, DIM = 10, 12, 32
torch.manual_seed(0)


def make_sequences(n):
    seq = torch.randint(1, VOCAB, (n, LENGTH))
    label = torch.arange(n) % 2
    for row, wanted in zip(seq, label):
        others = torch.tensor([t for t in range(1, VOCAB) if t != row[0]])
        row[1:] = others[torch.randint(len(others), (LENGTH - 1,))]
        if wanted:
            row[torch.randint(1, LENGTH, (1,))] = row[0].item()
    return seq, label


class Classifier(nn.Module):
    def __init__(self, heads=4, layers=2):
        super().__init__()
        self.tokens = nn.Embedding(VOCAB, DIM)
        self.positions = nn.Parameter(0.02 * torch.randn(LENGTH, DIM))
        layer = nn.TransformerEncoderLayer(DIM, heads, dim_feedforward=64, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers)
        self.head = nn.Linear(DIM, 2)

    def forward(self, tokens):
        h = self.tokens(tokens) + self.positions
        h = self.encoder(h)
        return self.head(h[:, 0])


train = DataLoader(TensorDataset(*make_sequences(1600)), batch_size=40, shuffle=True)
x_val, y_val = make_sequences(400)
model = Classifier()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
criterion = nn.CrossEntropyLoss()

for epoch in range(6):
    model.train()
    total = 0.0
    for tokens, y in train:
        optimizer.zero_grad()
        loss = criterion(model(tokens), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
    model.eval()
    with torch.no_grad():
        val = (model(x_val).argmax(1) == y_val).float().mean().item()
    print(f"{epoch} loss {total / 1600:.3f} val {val:.3f}")
