import torch
from torch import nn

torch.manual_seed(2)
ids = torch.randint(0, 12, (400, 20))
is_even = (ids.eq(3).sum(1) > 1).float()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(12, 8)
        self.r = nn.GRU(8, 16, batch_first=True)
        self.o = nn.Linear(16, 1)

    def forward(self, s):
        return self.o(self.r(self.e(s))[0].mean(1)).squeeze(1)


net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.5)
for epoch in range(6):
    for k in torch.randperm(400).split(40):
        opt.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(net(ids[k]), is_even[k])
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        opt.step()
    print("epoch", epoch, "loss", loss.item())
