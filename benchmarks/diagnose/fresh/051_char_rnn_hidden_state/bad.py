"""Character RNN whose hidden state is kept between the pieces of the text."""
import torch
from torch import nn

text = "to be or not to be that is the question whether tis nobler in the mind to suffer " * 20
chars = sorted(set(text))
ids = torch.tensor([chars.index(c) for c in text])


class CharRNN(nn.Module):
    def __init__(self, n, hidden=48):
        super().__init__()
        self.embed = nn.Embedding(n, 16)
        self.rnn = nn.LSTM(16, hidden, batch_first=True)
        self.out = nn.Linear(hidden, n)

    def forward(self, x, state):
        h, state = self.rnn(self.embed(x), state)
        return self.out(h), state


torch.manual_seed(0)
model = CharRNN(len(chars))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(3):
    state = None
    for i in range(0, len(ids) - 26, 25):
        x, y = ids[i:i + 25].unsqueeze(0), ids[i + 1:i + 26]
        logits, state = model(x, state)  # fault: graph-reused
        loss = criterion(logits.squeeze(0), y)
        optimizer.zero_grad()
        loss.backward()  # fault: graph-reused
        optimizer.step()
    print(epoch, loss.item())
