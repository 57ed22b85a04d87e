import os
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.datasets import MNIST

torch.manual_seed(0)
m = MNIST(os.environ.get("WORKBENCH_DATA", "data"), train=True)
X, y = m.data[:2500].float().unsqueeze(1) / 255, m.targets[:2500]
net = nn.Sequential(nn.Conv2d(1, 8, 5, 2), nn.ReLU(), nn.Conv2d(8, 16, 5, 2), nn.ReLU(), nn.Flatten(), nn.Linear(256, 10))
opt = torch.optim.Adam(net.parameters(), lr=2e-3)


def fgsm(x, t, eps=0.1):
    x = x.clone().requires_grad_(True)
    F.cross_entropy(net(x), t).backward()
    return (x + eps * x.grad.sign()).clamp(0, 1).detach()


for epoch in range(2):
    clean = hard = 0
    for i in torch.randperm(2500).split(50):
        adv = fgsm(X[i], y[i])
        out, out_adv = net(X[i]), net(adv)
        loss = 0.5 * F.cross_entropy(out, y[i]) + 0.5 * F.cross_entropy(out_adv, y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        clean += (out.argmax(1) == y[i]).sum().item()
        hard += (out_adv.argmax(1) == y[i]).sum().item()
    print(epoch, clean / 2500, hard / 2500)
