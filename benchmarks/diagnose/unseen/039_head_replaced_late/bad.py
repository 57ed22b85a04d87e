import torch
from torch import nn, optim
from sklearn.datasets import load_digits

torch.manual_seed(0)
d = load_digits()
x = torch.tensor(d.images / 16.0, dtype=torch.float32).unsqueeze(1)
y = torch.tensor(d.target)


class Backbone(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        self.fc = nn.Linear(16 * 16, n_classes)

    def forward(self, x):
        return self.fc(self.conv(x))


def train(model, optimizer, x, y, epochs):
    for _ in range(epochs):
        for i in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        return loss.item(), (model(x).argmax(1) == y).float().mean().item()


# all ten digits are wanted, the model was written for two
model = Backbone(2)
optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)  # fault: param-not-in-optimizer
model.fc = nn.Linear(16 * 16, 10)  # fault: param-not-in-optimizer
print(train(model, optimizer, x, y, 4))
