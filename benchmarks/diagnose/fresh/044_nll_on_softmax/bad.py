import torch
from torch import nn, optim
from sklearn.datasets import load_digits

torch.manual_seed(15)
data = load_digits()
images = torch.tensor(data.data, dtype=torch.float32) / 16
targets = torch.tensor(data.target)


class FNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.stack = nn.Sequential(
            nn.Linear(64, 50), nn.ReLU(),
            nn.Linear(50, 20), nn.ReLU(),
            nn.Linear(20, 10),
            nn.Softmax(dim=1),  # fault: nll-without-log-softmax
        )

    def forward(self, x):
        return self.stack(x)


model = FNN()
criterion = nn.NLLLoss()
optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
for epoch in range(8):
    order = torch.randperm(1500)
    for k in range(0, 1500, 60):
        optimizer.zero_grad()
        output = model(images[order[k:k + 60]])
        loss = criterion(output, targets[order[k:k + 60]])  # fault: nll-without-log-softmax
        loss.backward()
        optimizer.step()
    acc = (model(images[1500:]).argmax(1) == targets[1500:]).float().mean()
    print(epoch, loss.item(), acc.item())
