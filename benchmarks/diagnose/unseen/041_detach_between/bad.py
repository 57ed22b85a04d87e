import os
import torch
import torch.nn as nn
import torch.nn.functional as F
from torchvision import datasets

torch.manual_seed(0)
mn = datasets.MNIST(os.environ.get("WORKBENCH_DATA", "data"), train=True)
X = (mn.data[:3000].float() / 255 - 0.13) / 0.31
Y = mn.targets[:3000]


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, stride=2)
        self.conv2 = nn.Conv2d(4, 8, 5, stride=2)
        self.fc = nn.Linear(8 * 4 * 4, 10)

    def features(self, x):
        x = F.relu(self.conv1(x.unsqueeze(1)))
        return F.relu(self.conv2(x))

    def forward(self, x):
        feats = self.features(x).detach()  # fault: no-gradient
        return self.fc(feats.flatten(1))


model = ConvNet()
opt = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
for epoch in range(3):
    n = 0
    for b in torch.randperm(3000).split(50):
        opt.zero_grad()
        logits = model(X[b])
        loss = F.cross_entropy(logits, Y[b])
        loss.backward()
        opt.step()
        n += int((logits.argmax(1) == Y[b]).sum())
    print(epoch, loss.item(), n / 3000)
