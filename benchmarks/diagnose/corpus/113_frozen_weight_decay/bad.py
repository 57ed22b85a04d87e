import torch
from torch import nn

torch.manual_seed(4)
x = torch.randn(300, 8)
y = (x[:, 0] - x[:, 1] ** 2).unsqueeze(1)
net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9, weight_decay=0.05)


def epoch():
    for rows in torch.randperm(300).split(30):
        loss = nn.functional.mse_loss(net(x[rows]), y[rows])
        opt.zero_grad(set_to_none=False)  # fault: frozen-params-change
        loss.backward()
        opt.step()  # fault: frozen-params-change
    return loss.item()


for e in range(3):
    print("warm-up", e, epoch())
for p in net[0].parameters():
    p.requires_grad_(False)  # fault: frozen-params-change
before = net[0].weight.clone()
for e in range(4):
    print("fine-tune", e, epoch(), "first layer moved", (net[0].weight - before).abs().max().item())
