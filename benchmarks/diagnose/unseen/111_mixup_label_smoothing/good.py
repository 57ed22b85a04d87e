import numpy as np
import torch
from torch import nn
from torchvision import transforms
from sklearn.datasets import load_digits

torch.manual_seed(0)
np.random.seed(0)
d = load_digits()
X, y = torch.tensor(d.images / 16).float().unsqueeze(1), torch.tensor(d.target)
augment = transforms.Compose([transforms.RandomAffine(8, translate=(0.1, 0.1))])
net = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10),
)
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=0.1, epochs=5, steps_per_epoch=24)
crit = nn.CrossEntropyLoss(label_smoothing=0.1)
for epoch in range(5):
    net.train()
    for idx in torch.randperm(1536).split(64):
        x, t = augment(X[idx]), y[idx]
        lam = np.random.beta(0.4, 0.4)
        p = torch.randperm(len(x))
        out = net(lam * x + (1 - lam) * x[p])
        loss = lam * crit(out, t) + (1 - lam) * crit(out, t[p])
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
    net.eval()
    with torch.inference_mode():
        print(epoch, (net(X[1536:]).argmax(1) == y[1536:]).float().mean().item())
