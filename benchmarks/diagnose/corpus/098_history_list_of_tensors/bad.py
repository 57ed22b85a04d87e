"""Loss curve of a small regressor; the curve is kept as tensors with their graphs."""
import torch


class History:
    def __init__(self):
        self.curve = []

    def log(self, value):
        self.curve.append(value)  # fault: loss-accumulates-graph

    def mean(self, last):
        return sum(float(v) for v in self.curve[-last:]) / last


torch.manual_seed(3)
x = torch.randn(400, 4)
y = x.pow(2).sum(1, keepdim=True)
net = torch.nn.Sequential(torch.nn.Linear(4, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
history = History()
for epoch in range(8):
    for rows in torch.randperm(400).split(40):
        loss = torch.nn.functional.mse_loss(net(x[rows]), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
        history.log(loss)  # fault: loss-accumulates-graph
    print(epoch, round(history.mean(10), 4))
