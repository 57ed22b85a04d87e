"""Binary hidden code with an own autograd Function (straight-through)."""
import torch
from torch import nn


class SignST(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.where(x >= 0, 1.0, -1.0)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (x.abs() <= 1)


class BinaryAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(12, 10)
        self.dec = nn.Linear(10, 12)

    def forward(self, x):
        return self.dec(SignST.apply(self.enc(x)))


torch.manual_seed(6)
patterns = torch.randn(16, 12)
net = BinaryAE()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for step in range(250):
    x = patterns[torch.randint(0, 16, (64,))] + 0.1 * torch.randn(64, 12)
    loss = nn.functional.mse_loss(net(x), x)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 50 == 49:
        print(step + 1, loss.item())
