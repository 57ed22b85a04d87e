"""Three kinds of cells in a picture: a little encoder-decoder."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(5)


def pictures(n, size=16):
    images = 0.15 * torch.randn(n, 1, size, size)
    masks = torch.zeros(n, size, size, dtype=torch.long)
    for i in range(n):
        for kind in (1, 2):
            r, c = torch.randint(0, size - 6, (2,)).tolist()
            images[i, 0, r:r + 5, c:c + 5] += 0.6 * kind
            masks[i, r:r + 5, c:c + 5] = kind
    return images, masks


class SegNet(nn.Module):
    def __init__(self, n_classes=3):
        super().__init__()
        self.down1 = nn.Conv2d(1, 8, 3, padding=1)
        self.down2 = nn.Conv2d(8, 16, 3, padding=1)
        self.up1 = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.last = nn.Conv2d(16, n_classes, 1)
        self.softmax = nn.Softmax2d()  # fault: softmax-before-cross-entropy

    def forward(self, x):
        a = F.relu(self.down1(x))
        b = F.relu(self.down2(F.max_pool2d(a, 2)))
        c = F.relu(self.up1(b))
        return self.softmax(self.last(torch.cat([a, c], 1)))  # fault: softmax-before-cross-entropy


net = SegNet()
images, masks = pictures(256)
optimizer = torch.optim.Adam(net.parameters(), 2e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(12):
    order = torch.randperm(256)
    for k in range(0, 256, 16):
        pick = order[k:k + 16]
        optimizer.zero_grad()
        output = net(images[pick])
        loss = criterion(output, masks[pick])  # fault: softmax-before-cross-entropy
        loss.backward()
        optimizer.step()
    iou = ((output.argmax(1) == masks[pick]) & (masks[pick] > 0)).sum() / (masks[pick] > 0).sum()
    print(epoch, round(loss.item(), 3), round(iou.item(), 3))
