"""Transfer to a second task; the first layer was to stay fixed."""
import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.base = torch.nn.Linear(10, 24)
        self.head = torch.nn.Linear(24, 1)

    def forward(self, x):
        return self.head(torch.relu(self.base(x)))

    def freeze_base(self):
        self.base.requires_grad = False  # fault: requires-grad-typo


torch.manual_seed(6)
x = torch.randn(320, 10)
y = torch.relu(x[:, :1]) - 0.5 * x[:, 1:2]
net = Net()
net.freeze_base()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
first = net.base.weight.detach().clone()
for epoch in range(8):
    for rows in torch.randperm(320).split(32):
        opt.zero_grad()
        loss = torch.nn.functional.mse_loss(net(x[rows]), y[rows])
        loss.backward()
        opt.step()
print("loss", loss.item(), "base moved", (net.base.weight - first).abs().max().item())
