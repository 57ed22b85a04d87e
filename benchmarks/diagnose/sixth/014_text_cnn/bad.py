"""A CNN over characters (after Kim): does the string hold the motif 'abc'?"""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
LETTERS, LENGTH = 6, 24


def strings(n):
    x = torch.randint(LETTERS, (n, LENGTH))
    y = torch.arange(n) % 2
    start = torch.randint(LENGTH - 3, (n,))
    for k in torch.nonzero(y).flatten().tolist():
        x[k, start[k] : start[k] + 3] = torch.tensor([0, 1, 2])
    return x, y


class TextCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(LETTERS, 8)
        self.convs = nn.ModuleList([nn.Conv1d(8, 16, width) for width in (2, 3, 4)])
        self.fc = nn.Linear(48, 2)

    def forward(self, x):
        h = self.embed(x).transpose(1, 2)
        h = torch.cat([F.relu(conv(h)).amax(2) for conv in self.convs], dim=1)
        return F.log_softmax(self.fc(h), dim=1)  # fault: log-softmax-before-cross-entropy


x, y = strings(1200)
model = TextCNN()
criterion = nn.CrossEntropyLoss()  # fault: log-softmax-before-cross-entropy
opt = torch.optim.Adam(model.parameters(), lr=4e-3)
for epoch in range(5):
    for idx in torch.randperm(1000).split(40):
        opt.zero_grad()
        loss = criterion(model(x[idx]), y[idx])  # fault: log-softmax-before-cross-entropy
        loss.backward()
        opt.step()
    with torch.no_grad():
        print(epoch, (model(x[1000:]).argmax(1) == y[1000:]).float().mean().item())
