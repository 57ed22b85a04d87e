import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
N, T = 1200, 16
seq = torch.randn(N, T, 3)
label = (seq[:, :, 0].sum(1) > seq[:, :, 1].sum(1)).long()
loader = DataLoader(TensorDataset(seq, label), batch_size=48, shuffle=True)


class SeqClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 32, batch_first=True)
        self.fc = nn.Linear(32, 2)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out[:, -1])


model = SeqClassifier()
opt = torch.optim.Adam(model.parameters(), lr=4e-3)
loss_fn = nn.CrossEntropyLoss()
for epoch in range(6):
    correct = 0
    for x, y in loader:
        logits = model(x)
        loss = loss_fn(logits, y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        correct += (logits.argmax(1) == y).sum().item()
    print(f"epoch {epoch + 1}/6 loss {loss.item():.3f} accuracy {correct / N:.3f}")
