import torch
from torch import nn
from sklearn.datasets import load_digits


class AutoEncoder(nn.Module):
    def __init__(self, code=6):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, code), nn.ReLU())
        self.decoder = nn.Sequential(
            nn.Linear(code, 32),
            nn.ReLU(),
            nn.Linear(32, 64),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


def train_autoencoder():
    torch.manual_seed(10)
    pixels = torch.tensor(load_digits().data, dtype=torch.float32) / 16
    ae = AutoEncoder()
    adam = torch.optim.Adam(ae.parameters(), lr=3e-3)
    for epoch in range(6):
        total = 0
        for batch in torch.randperm(len(pixels)).split(64):
            original = pixels[batch]
            loss = nn.functional.mse_loss(ae(original), original)
            adam.zero_grad()
            loss.backward()
            adam.step()
            total += loss.item() * len(batch)
        print(f"epoch {epoch}  reconstruction error {total / len(pixels):.4f}")


train_autoencoder()
