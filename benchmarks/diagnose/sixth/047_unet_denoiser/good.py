"""A small U-Net takes the noise off digits."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
clean = torch.tensor(load_digits().images / 16, dtype=torch.float32).unsqueeze(1)


def conv(fan_in, fan_out):
    return nn.Sequential(nn.Conv2d(fan_in, fan_out, 3, padding=1), nn.ReLU())


class UNet(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.down1 = conv(1, width)
        self.down2 = conv(width, width)
        self.middle = conv(width, width)
        self.up2 = conv(2 * width, width)
        self.up1 = conv(2 * width, width)
        self.out = nn.Conv2d(width, 1, 1)
        self.pool = nn.AvgPool2d(2)
        self.grow = nn.Upsample(scale_factor=2)

    def forward(self, x):
        first = self.down1(x)
        second = self.down2(self.pool(first))
        low = self.middle(self.pool(second))
        h = self.up2(torch.cat([self.grow(low), second], 1))
        h = self.up1(torch.cat([self.grow(h), first], 1))
        return self.out(h)


model = UNet()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for step in range(150):
    target = clean[torch.randint(1500, (32,))]
    noisy = target + 0.4 * torch.randn_like(target)
    loss = nn.functional.mse_loss(model(noisy), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 30 == 29:
        with torch.no_grad():
            rest = clean[1500:]
            error = nn.functional.mse_loss(model(rest + 0.4 * torch.randn_like(rest)), rest).item()
        print(f"step {step + 1}: error {error:.4f}")
print("parameters:", sum(p.numel() for p in model.parameters()))
