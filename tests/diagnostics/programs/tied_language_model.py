"""Next token with embeddings; the output layer shares the embedding's weight."""
import torch
from torch import nn

torch.manual_seed(1)
tokens = torch.arange(300) % 11
x, y = tokens[:-1].view(13, 23), tokens[1:].view(13, 23)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(11, 24)
        self.hidden = nn.Linear(24, 24)
        self.out = nn.Linear(24, 11)
        self.out.weight = self.embed.weight

    def forward(self, x):
        return self.out(torch.relu(self.hidden(self.embed(x))))


net = Tied()
opt = torch.optim.AdamW(net.parameters(), lr=0.01)
for _ in range(60):
    loss = nn.functional.cross_entropy(net(x).transpose(1, 2), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
