import torch
from torch import nn

from charlevel import encode, NAMES

torch.manual_seed(6)
inputs, targets, n_chars, n_classes = encode(NAMES)


class CharGRU(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(n_chars, 16, padding_idx=0)
        self.rnn = nn.GRU(16, 32, batch_first=True)
        self.fc = nn.Linear(32, n_classes)

    def forward(self, ids):
        _, h = self.rnn(self.embed(ids))
        return self.fc(h.squeeze(0))


net = CharGRU()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
loss_function = nn.CrossEntropyLoss()
for epoch in range(60):
    optimizer.zero_grad()
    scores = net(inputs)
    loss = loss_function(scores, targets)
    loss.backward()
    optimizer.step()
    if epoch % 10 == 9:
        print(epoch + 1, "loss", round(loss.item(), 4))
