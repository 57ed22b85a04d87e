import torch
from torch import nn
from sklearn.datasets import make_moons

torch.manual_seed(0)
X, y = make_moons(400, noise=0.2, random_state=0)
X = torch.tensor(X).float()
y = torch.tensor(y)

embed = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
head = nn.Linear(32, 2)
opt = torch.optim.Adam(list(embed.parameters()) + list(head.parameters()), lr=0.01)

features = embed(X)  # fault: graph-reused
for epoch in range(100):
    logits = head(features)  # fault: graph-reused
    loss = nn.functional.cross_entropy(logits, y)
    opt.zero_grad()
    loss.backward()  # fault: graph-reused
    opt.step()
    if epoch % 20 == 19:
        print(epoch + 1, loss.item(), (logits.argmax(1) == y).float().mean().item())
