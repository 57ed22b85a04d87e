import torch
from torch import nn
from sklearn.datasets import load_digits


class TinyResNet(nn.Module):
    def __init__(self, channels=12, depth=3, n_classes=10):
        super().__init__()
        self.input = nn.Conv2d(1, channels, 3, padding=1)
        self.convs = []  # fault: unregistered-submodule
        for _ in range(depth):
            self.convs.append(nn.Conv2d(channels, channels, 3, padding=1))  # fault: unregistered-submodule
        self.fc = nn.Linear(channels * 4, n_classes)

    def forward(self, x):
        x = torch.relu(self.input(x))
        for conv in self.convs:
            x = x + torch.relu(conv(x))
        x = nn.functional.adaptive_avg_pool2d(x, 2)
        return self.fc(x.flatten(1))


def accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


torch.manual_seed(2)
digits = load_digits()
images = torch.tensor(digits.images).float().unsqueeze(1) / 16
labels = torch.tensor(digits.target).long()
model = TinyResNet()
print(sum(p.numel() for p in model.parameters()), "parameters")
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
for epoch in range(6):
    model.train()
    for i in torch.randperm(1500).split(64):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images[i]), labels[i])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), accuracy(model, images[1500:], labels[1500:]))
