import torch
from sklearn.datasets import load_wine
from torch import nn

torch.manual_seed(0)
data, target = load_wine(return_X_y=True)
data = torch.tensor((data - data.mean(0)) / data.std(0)).float()
target = torch.tensor(target)


def fit(net, steps=200):
    opt = torch.optim.SGD(net.parameters(), lr=1e-6)  # fault: lr-too-low
    for step in range(steps):
        scores = net(data)
        loss = nn.functional.cross_entropy(scores, target)
        opt.zero_grad()
        loss.backward()
        opt.step()  # fault: lr-too-low
        if step % 50 == 49:
            print(step + 1, round(loss.item(), 4), (scores.argmax(1) == target).float().mean().item())


fit(nn.Sequential(nn.Linear(13, 24), nn.ReLU(), nn.Linear(24, 3)))
