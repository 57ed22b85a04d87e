import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
d = load_digits()
x = torch.tensor(d.images).float().unsqueeze(1) / 16
y = torch.tensor(d.target)
features = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
classifier = nn.Linear(72, 10)
for param in features.parameters():
    param.requires_grad = False
model = nn.Sequential(features, classifier)
opt = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=5e-3)
print("trainable:", sum(p.numel() for p in model.parameters() if p.requires_grad))
for epoch in range(3):
    for rows in torch.randperm(1797).split(64):
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
