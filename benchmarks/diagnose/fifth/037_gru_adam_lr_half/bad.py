import torch
from torch import nn

torch.manual_seed(0)
# add the two marked numbers of a sequence
N, T = 1000, 10
values = torch.rand(N, T)
marks = torch.zeros(N, T)
for row in marks:
    row[torch.randperm(T)[:2]] = 1
X = torch.stack([values, marks], -1)
Y = (values * marks).sum(1, keepdim=True)


class Adder(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 32, batch_first=True)
        self.read = nn.Linear(32, 1)

    def forward(self, x):
        _, h = self.gru(x)
        return self.read(h[-1])


net = Adder()
opt = torch.optim.Adam(net.parameters(), lr=0.7)  # fault: lr-too-high
for epoch in range(10):
    for i in range(0, N, 50):
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(X[i:i + 50]), Y[i:i + 50])
        loss.backward()
        opt.step()
    print(epoch, loss.item())
