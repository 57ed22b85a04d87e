import torch
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.optim.lr_scheduler import MultiStepLR

d = load_digits()
x, y = torch.tensor(d.data / 16, dtype=torch.float32), torch.tensor(d.target)
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
epochs = 8
scheduler = MultiStepLR(optimizer, milestones=[4, 6], gamma=0.1)  # fault: scheduler-misuse
for epoch in range(epochs):
    for idx in torch.randperm(len(x)).split(64):
        optimizer.zero_grad()
        out = model(x[idx])
        loss = nn.functional.cross_entropy(out, y[idx])
        loss.backward()
        optimizer.step()
        scheduler.step()  # fault: scheduler-misuse
    print(epoch, loss.item(), scheduler.get_last_lr())
