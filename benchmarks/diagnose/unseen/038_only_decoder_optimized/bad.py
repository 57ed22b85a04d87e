import os
import torch
from torch import nn
from torchvision.datasets import FashionMNIST

torch.manual_seed(0)
data = FashionMNIST(os.environ.get("WORKBENCH_DATA", "data"), train=True, download=True).data[:3000].float().view(-1, 784) / 255


class Encoder(nn.Module):
    def __init__(self, latent):
        super().__init__()
        self.fc1 = nn.Linear(784, 64)
        self.fc2 = nn.Linear(64, latent)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


class Decoder(nn.Module):
    def __init__(self, latent):
        super().__init__()
        self.fc1 = nn.Linear(latent, 64)
        self.fc2 = nn.Linear(64, 784)

    def forward(self, z):
        return torch.sigmoid(self.fc2(torch.relu(self.fc1(z))))


encoder, decoder = Encoder(6), Decoder(6)
optimizer = torch.optim.Adam(decoder.parameters(), lr=2e-3)  # fault: param-not-in-optimizer
criterion = nn.MSELoss()

for epoch in range(4):
    total = 0.0
    for batch in data[torch.randperm(len(data))].split(50):
        code = encoder(batch)
        restored = decoder(code)
        loss = criterion(restored, batch)
        encoder.zero_grad()
        decoder.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    print(f"epoch {epoch}: reconstruction error {total / len(data):.4f}")
