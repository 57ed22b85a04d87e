"""Which of three motifs is hidden in a noisy sequence?"""
import torch
from torch import nn

torch.manual_seed(21)


def make_sequences(n, steps=12):
    kind = torch.randint(0, 3, (n,))
    time = torch.arange(steps).float()
    wave = torch.sin(time[None] * (0.4 + 0.5 * kind[:, None].float()))
    return (wave + 0.2 * torch.randn(n, steps)).unsqueeze(-1), kind


class MotifLSTM(nn.Module):
    def __init__(self, hidden=24, n_classes=3):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=True)
        self.decoder = nn.Linear(hidden, n_classes)

    def forward(self, seq):
        _, (h, _) = self.lstm(seq)
        return self.decoder(h[-1])


train_x, train_y = make_sequences(600)
test_x, test_y = make_sequences(200)
model = MotifLSTM()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(6):
    model.train()
    for idx in torch.randperm(600).split(30):
        optimizer.zero_grad()
        loss = criterion(model(train_x[idx]), train_y[idx])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        out = model(test_x)
        print(f"epoch {epoch}: test loss {criterion(out, test_y):.3f}"
              f" acc {(out.argmax(1) == test_y).float().mean():.3f}")
