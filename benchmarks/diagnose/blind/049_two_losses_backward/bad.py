"""Shared encoder, a reconstruction and a classification loss."""
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(33)
digits = load_digits()
x = torch.tensor(digits.data, dtype=torch.float32) / 16
y = torch.tensor(digits.target)
encoder = nn.Sequential(nn.Linear(64, 32), nn.ReLU())
decoder = nn.Linear(32, 64)
classifier = nn.Linear(32, 10)
params = [*encoder.parameters(), *decoder.parameters(), *classifier.parameters()]
opt = torch.optim.Adam(params, lr=3e-3)
for epoch in range(3):
    for rows in torch.randperm(len(x)).split(60):
        opt.zero_grad()
        code = encoder(x[rows])  # fault: graph-reused
        rec_loss = nn.functional.mse_loss(decoder(code), x[rows])
        cls_loss = nn.functional.cross_entropy(classifier(code), y[rows])
        rec_loss.backward()  # fault: graph-reused
        cls_loss.backward()  # fault: graph-reused
        opt.step()
    print(epoch, rec_loss.item(), cls_loss.item())
