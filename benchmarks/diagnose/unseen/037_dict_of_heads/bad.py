"""One trunk, two tasks: the sum and the sign of a product."""
import torch
from torch import nn

torch.manual_seed(0)


class MultiTask(nn.Module):
    def __init__(self, tasks):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
        self.heads = {name: nn.Linear(64, size) for name, size in tasks.items()}  # fault: unregistered-submodule

    def forward(self, x):
        z = self.trunk(x)
        return {name: head(z) for name, head in self.heads.items()}


def get_batch(n=128):
    x = torch.randn(n, 6)
    return {"x": x, "total": x.sum(1, keepdim=True), "sign": (x[:, 0] * x[:, 1] > 0).long()}


net = MultiTask({"total": 1, "sign": 2})
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)  # fault: unregistered-submodule
for step in range(401):
    batch = get_batch()
    out = net(batch["x"])
    loss_total = nn.functional.mse_loss(out["total"], batch["total"])
    loss_sign = nn.functional.cross_entropy(out["sign"], batch["sign"])
    loss = loss_total + loss_sign
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        acc = (out["sign"].argmax(1) == batch["sign"]).float().mean()
        print(f"step {step} mse {loss_total.item():.3f} ce {loss_sign.item():.3f} sign accuracy {acc:.3f}")
