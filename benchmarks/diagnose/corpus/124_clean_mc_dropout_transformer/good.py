import torch
from torch import nn

torch.manual_seed(7)
# is the largest number of the sequence in its first half?
seq = torch.randn(400, 8, 1)
answer = (seq.squeeze(-1).argmax(1) < 4).long()


class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.lift = nn.Linear(1, 16)
        self.pos = nn.Parameter(torch.randn(8, 16) * 0.1)
        self.enc = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.1, batch_first=True)
        self.head = nn.Linear(16, 2)

    def forward(self, s):
        return self.head(self.enc(self.lift(s) + self.pos).mean(1))


net = Tiny()
opt = torch.optim.AdamW(net.parameters(), lr=5e-3)
warm = torch.optim.lr_scheduler.LambdaLR(opt, lambda k: min(1.0, (k + 1) / 20))
for epoch in range(12):
    net.train()
    for rows in torch.randperm(320).split(32):
        opt.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(net(seq[rows]), answer[rows])
        loss.backward()
        opt.step()
        warm.step()
    net.eval()
    with torch.inference_mode():
        acc = (net(seq[320:]).argmax(-1) == answer[320:]).float().mean().item()
    print("epoch", epoch, "loss", round(loss.item(), 3), "held out", acc)
