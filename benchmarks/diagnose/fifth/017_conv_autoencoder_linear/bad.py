"""Convolutional autoencoder for 8x8 digits."""
import torch
from sklearn.datasets import load_digits
from torch import nn, optim

images = torch.tensor(load_digits().images[:1000] / 16.0, dtype=torch.float32).unsqueeze(1)


class ConvAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc1 = nn.Conv2d(1, 16, 3, stride=2, padding=1)
        self.enc2 = nn.Conv2d(16, 8, 3, stride=2, padding=1)
        self.dec1 = nn.ConvTranspose2d(8, 16, 2, stride=2)
        self.dec2 = nn.ConvTranspose2d(16, 1, 2, stride=2)

    def encode(self, x):
        return self.enc2(self.enc1(x))  # fault: missing-nonlinearity

    def decode(self, z):
        return torch.sigmoid(self.dec2(self.dec1(z)))  # fault: missing-nonlinearity

    def forward(self, x):
        return self.decode(self.encode(x))


torch.manual_seed(5)
ae = ConvAE()
optimizer = optim.Adam(ae.parameters(), lr=5e-3)
for epoch in range(8):
    epoch_loss = 0
    for batch in images[torch.randperm(len(images))].split(50):
        recon = ae(batch)
        loss = nn.functional.mse_loss(recon, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(batch)
    print(f"Epoch {epoch + 1}: {epoch_loss / len(images):.4f}")
