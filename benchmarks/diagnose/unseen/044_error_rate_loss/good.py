import torch
import torch.nn as nn
from sklearn.datasets import make_blobs

torch.manual_seed(0)
points, group = make_blobs(400, centers=3, random_state=1)
points = torch.tensor(points).float() / 5
group = torch.tensor(group)

model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()

for epoch in range(100):
    opt.zero_grad()
    scores = model(points)
    guess = scores.argmax(dim=1)
    loss = criterion(scores, group)
    loss.backward()
    opt.step()
    if epoch % 20 == 0:
        print(epoch, loss.item(), (guess == group).float().mean().item())
