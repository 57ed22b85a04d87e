"""Mixed rows and mixed labels: cross-entropy with probabilities as the target."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(9)
d = load_digits()
x = torch.tensor(d.images, dtype=torch.float32).unsqueeze(1) / 16
y = F.one_hot(torch.tensor(d.target), 10).float()
net = nn.Sequential(nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(144, 10))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(5):
    for rows in torch.randperm(1500).split(60):
        other = rows[torch.randperm(len(rows))]
        cut = int(torch.randint(0, 5, ()))
        images = x[rows].clone()
        images[..., :cut] = x[other][..., :cut]
        share = cut / 8
        loss = F.cross_entropy(net(images), (1 - share) * y[rows] + share * y[other])
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        print(epoch, loss.item(), (net(x[1500:]).argmax(1) == y[1500:].argmax(1)).float().mean().item())
