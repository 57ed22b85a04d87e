import torch
from torch import nn
import torch.nn.functional as F
from sklearn.datasets import make_classification

torch.manual_seed(0)


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        s = torch.sigmoid(x)
        ctx.save_for_backward(x, s)
        return x * s

    @staticmethod
    def backward(ctx, grad):
        x, s = ctx.saved_tensors
        return grad * (s + x * s * (1 - s))


class SwishLayer(nn.Module):
    def forward(self, x):
        return Swish.apply(x)


def focal_loss(logits, target, gamma=2.0, alpha=0.75):
    p = torch.sigmoid(logits)
    ce = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    p_t = p * target + (1 - p) * (1 - target)
    a_t = alpha * target + (1 - alpha) * (1 - target)
    return (a_t * (1 - p_t) ** gamma * ce).mean()


X, y = make_classification(2000, 15, n_informative=8, weights=[0.93], random_state=1)
X, y = torch.tensor(X).float(), torch.tensor(y).float().unsqueeze(1)
net = nn.Sequential(nn.Linear(15, 32), SwishLayer(), nn.Linear(32, 32), SwishLayer(), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=4e-3)
for epoch in range(8):
    for i in torch.randperm(2000).split(80):
        loss = focal_loss(net(X[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    guess = (net(X) > 0).float()
    print(epoch, loss.item(), "recall", ((guess * y).sum() / y.sum()).item())
