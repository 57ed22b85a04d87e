import torch
from torch import nn

torch.manual_seed(8)
sequence = torch.randint(1, 15, (500, 6))
target = (sequence[:, 0] > sequence[:, -1]).long()


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(15, 8)
        self.lstm = nn.LSTM(8, 16, batch_first=True)

    def forward(self, s):
        return self.lstm(self.table(s))[1][0].squeeze(0)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 2)

    def forward(self, h):
        return self.fc(h)


encoder, decoder = Encoder(), Decoder()
optimizer = torch.optim.Adam(list(encoder.parameters()) + list(decoder.parameters()), lr=0.01)
criterion = nn.CrossEntropyLoss()
for epoch in range(10):
    total = 0
    for batch in torch.randperm(500).split(50):
        optimizer.zero_grad()
        loss = criterion(decoder(encoder(sequence[batch])), target[batch])
        loss.backward()
        optimizer.step()
        total += loss.item()
    print("epoch", epoch, "loss", total / 10)
