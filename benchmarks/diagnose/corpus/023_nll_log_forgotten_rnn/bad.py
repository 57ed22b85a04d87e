import torch
from torch import nn

torch.manual_seed(12)
# is the running sum of +1/-1 steps positive, zero or negative at the end?
steps = torch.randint(0, 2, (500, 10)) * 2 - 1
end = steps.sum(1).sign().long() + 1
seqs = steps.float().unsqueeze(2)


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.RNN(1, 20, batch_first=True)
        self.readout = nn.Linear(20, 3)

    def forward(self, s):
        out, _ = self.cell(s)
        p = torch.softmax(self.readout(out[:, -1]), dim=1)  # fault: nll-without-log-softmax
        return p  # fault: nll-without-log-softmax


net = Counter()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
nll = nn.NLLLoss()
for epoch in range(8):
    for i in range(0, 500, 50):
        opt.zero_grad()
        loss = nll(net(seqs[i:i + 50]), end[i:i + 50])  # fault: nll-without-log-softmax
        loss.backward()
        opt.step()
    print("epoch", epoch, "loss", round(loss.item(), 4))
