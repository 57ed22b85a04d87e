"""Denoising autoencoder on 8x8 digits; settings from the command line."""
import argparse

import torch
from sklearn.datasets import load_digits
from torch import nn

p = argparse.ArgumentParser()
p.add_argument("--lr", type=float, default=2e-3)
p.add_argument("--epochs", type=int, default=8)
p.add_argument("--noise", type=float, default=0.3)
args = p.parse_args()

torch.manual_seed(0)
x = torch.tensor(load_digits().data, dtype=torch.float32) / 16
encoder = nn.Sequential(nn.Linear(64, 40), nn.ReLU(), nn.Linear(40, 12))
decoder = nn.Sequential(nn.Linear(12, 40), nn.ReLU(), nn.Linear(40, 64))
autoencoder = nn.Sequential(encoder, decoder)
optimizer = torch.optim.AdamW(autoencoder.parameters(), lr=args.lr)
for epoch in range(args.epochs):
    for rows in torch.randperm(len(x)).split(64):
        clean = x[rows]
        restored = autoencoder(clean + args.noise * torch.randn_like(clean))
        loss = nn.functional.mse_loss(restored, clean)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"{epoch} {loss.item():.4f}")
