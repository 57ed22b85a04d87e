"""FGSM adversarial training: gradients with respect to the input, too."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

d = load_digits()
x, y = torch.tensor(d.data).float() / 16, torch.tensor(d.target)
torch.manual_seed(6)
net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)


def fgsm(model, images, labels, eps=0.05):
    images = images.clone().requires_grad_(True)
    loss = F.cross_entropy(model(images), labels)
    (gradient,) = torch.autograd.grad(loss, images)
    return (images + eps * gradient.sign()).clamp(0, 1).detach()


for epoch in range(6):
    for idx in torch.randperm(1500).split(60):
        attacked = fgsm(net, x[idx], y[idx])
        loss = 0.5 * F.cross_entropy(net(x[idx]), y[idx]) + 0.5 * F.cross_entropy(net(attacked), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    robust = (net(fgsm(net, x[1500:], y[1500:])).argmax(1) == y[1500:]).float().mean()
    print(epoch, loss.item(), robust.item())
