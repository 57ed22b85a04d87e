"""Cats against dogs (generated): one output and a softmax on top."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(24)
labels = torch.randint(0, 2, (800, 1)).float()
images = torch.randn(800, 3, 16, 16)
images[:, 0, 4:12, 4:12] += labels[:, :, None]


class CatDog(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, stride=2)
        self.conv2 = nn.Conv2d(8, 16, 3, stride=2)
        self.fc = nn.Linear(16 * 9, 1)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x)).flatten(1)
        return F.softmax(self.fc(x), dim=1)  # fault: softmax-single-output


net = CatDog()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(8):
    for idx in torch.randperm(640).split(32):
        optimizer.zero_grad()
        out = net(images[idx])
        loss = F.binary_cross_entropy(out, labels[idx])  # fault: softmax-single-output
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        val = ((net(images[640:]) > 0.5).float() == labels[640:]).float().mean()
    print(epoch, loss.item(), val.item())
