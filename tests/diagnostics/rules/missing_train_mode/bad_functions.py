"""train() once, before the loop; the test function sets eval mode, the training function does not go back."""

import torch
from torch import nn

torch.manual_seed(1)
y = torch.arange(120) % 3
x = torch.randn(120, 6) + 2 * torch.eye(3, 6)[y]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 20)
        self.norm = nn.BatchNorm1d(20)
        self.last = nn.Linear(20, 3)

    def forward(self, x):
        return self.last(torch.relu(self.norm(self.first(x))))


def train(model, optimizer):
    for part in torch.randperm(90).split(30):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[part]), y[part])  # finds: missing-train-mode
        loss.backward()
        optimizer.step()


def test(model):
    model.eval()
    with torch.inference_mode():
        return (model(x[90:]).argmax(1) == y[90:]).float().mean().item()


model = Net()
model.train()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(5):
    train(model, optimizer)
    print(epoch, test(model))
