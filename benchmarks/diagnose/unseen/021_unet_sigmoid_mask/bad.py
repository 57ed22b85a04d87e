"""Find bright squares on a noisy background, pixel by pixel."""
import torch
from torch import nn


def scenes(n, size=16):
    img = torch.randn(n, 1, size, size) * 0.4
    mask = torch.zeros(n, 1, size, size)
    for i in range(n):
        r, c = torch.randint(0, size - 6, (2,)).tolist()
        h, w = torch.randint(3, 7, (2,)).tolist()
        mask[i, 0, r:r + h, c:c + w] = 1
    return img + mask, mask


class Block(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, padding=1)
        self.norm = nn.BatchNorm2d(cout)

    def forward(self, x):
        return torch.relu(self.norm(self.conv(x)))


class TinyUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc1 = Block(1, 8)
        self.enc2 = Block(8, 16)
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.dec = Block(16, 8)
        self.out = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        e1 = self.enc1(x)
        e2 = self.enc2(self.pool(e1))
        d = self.dec(torch.cat([self.up(e2), e1], dim=1))
        return torch.sigmoid(self.out(d))  # fault: sigmoid-before-bce-logits


torch.manual_seed(0)
model = TinyUNet()
loss_fn = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(4.0))  # fault: sigmoid-before-bce-logits
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
for step in range(120):
    x, m = scenes(16)
    out = model(x)
    loss = loss_fn(out, m)  # fault: sigmoid-before-bce-logits
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 20 == 19:
        guess = out > 0.5
        iou = (guess & (m > 0.5)).sum() / (guess | (m > 0.5)).sum().clamp(min=1)
        print(f"step {step + 1}: loss {loss.item():.3f} IoU {iou.item():.3f}")
