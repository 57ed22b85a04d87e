"""CTC: digits written one after another, of unknown width."""
import torch
from torch import nn

torch.manual_seed(4)
glyphs = torch.rand(5, 6, 3)  # five symbols, six rows, three columns


def line(n):
    images, targets, lengths = torch.zeros(n, 6, 24), [], []
    for i in range(n):
        k = int(torch.randint(2, 5, ()))
        symbols = torch.randint(0, 5, (k,))
        at = 0
        for s in symbols:
            at += int(torch.randint(0, 3, ()))
            images[i, :, at:at + 3] = glyphs[s]
            at += 3
        targets.append(symbols + 1)
        lengths.append(k)
    return images + 0.05 * torch.randn_like(images), torch.cat(targets), torch.tensor(lengths)


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv1d(6, 24, 3, padding=1), nn.ReLU())
        self.gru = nn.GRU(24, 24, batch_first=True, bidirectional=True)
        self.out = nn.Linear(48, 6)

    def forward(self, x):
        h, _ = self.gru(self.conv(x).transpose(1, 2))
        return self.out(h).log_softmax(2).transpose(0, 1)  # time first, as CTCLoss wants


model = Reader()
ctc = nn.CTCLoss(blank=0)
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
for step in range(120):
    x, y, lengths = line(24)
    log_probs = model(x)
    loss = ctc(log_probs, y, torch.full((24,), log_probs.size(0)), lengths)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 30 == 0:
        print(step, loss.item())
