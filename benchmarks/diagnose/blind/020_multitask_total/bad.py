"""Two heads, two losses, one number for backward."""
import torch
from torch import nn

torch.manual_seed(30)


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.shared = nn.Sequential(nn.Linear(12, 40), nn.ReLU())
        self.kind = nn.Linear(40, 3)
        self.size = nn.Linear(40, 1)

    def forward(self, x):
        h = self.shared(x)
        return {"kind": self.kind(h), "size": self.size(h).squeeze(-1)}


x = torch.randn(1500, 12)
kind = (x[:, :3] + x[:, 3:6]).argmax(1)
size = x[:, 6] - 0.5 * x[:, 7]
net = TwoHeads()
opt = torch.optim.Adam(net.parameters(), 5e-3)
for epoch in range(6):
    for rows in torch.randperm(1500).split(50):
        out = net(x[rows])
        losses = {
            "kind": nn.functional.cross_entropy(out["kind"], kind[rows]),
            "size": nn.functional.mse_loss(out["size"], size[rows]),
        }
        loss = torch.tensor([value for value in losses.values()], requires_grad=True).sum()  # fault: loss-not-connected
        opt.zero_grad()
        loss.backward()  # fault: loss-not-connected
        opt.step()
    with torch.no_grad():
        acc = (net(x)["kind"].argmax(1) == kind).float().mean().item()
    print(epoch, loss.item(), acc)
