import torch
from torch import nn
from sklearn.datasets import load_digits

images = torch.tensor(load_digits().images, dtype=torch.float32) / 16
target = torch.tensor(load_digits().target)


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(64, 32)
        self.output = nn.Linear(32, 10)

    def forward(self, picture):
        h = torch.sigmoid(self.hidden(picture))  # fault: shape-mismatch
        return self.output(h)


p = Perceptron()
sgd = torch.optim.SGD(p.parameters(), lr=0.5)
for epoch in range(15):
    for idx in torch.randperm(len(images)).split(50):
        loss = nn.functional.cross_entropy(p(images[idx]), target[idx])  # fault: shape-mismatch
        sgd.zero_grad()
        loss.backward()
        sgd.step()
    if epoch % 5 == 4:
        print(epoch + 1, loss.item())
