from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
import torch
from torch import nn, optim

X, y = load_digits(return_X_y=True)
Xtr, Xte, ytr, yte = train_test_split(X / 16.0, y, test_size=0.25, random_state=0)
Xtr, Xte = torch.tensor(Xtr).float(), torch.tensor(Xte).float()
ytr, yte = torch.tensor(ytr), torch.tensor(yte)

torch.manual_seed(1)
encoder = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 32), nn.ReLU())
head = nn.Linear(32, 10)
enc_opt = optim.SGD(encoder.parameters(), lr=0.05, momentum=0.9)
head_opt = optim.SGD(head.parameters(), lr=0.05, momentum=0.9)

for epoch in range(10):
    order = torch.randperm(len(Xtr))
    for chunk in order.split(64):
        head_opt.zero_grad()
        loss = nn.functional.cross_entropy(head(encoder(Xtr[chunk])), ytr[chunk])
        loss.backward()  # fault: missing-zero-grad
        enc_opt.step()  # fault: missing-zero-grad
        head_opt.step()
    with torch.no_grad():
        print(epoch, loss.item(), (head(encoder(Xte)).argmax(1) == yte).float().mean().item())
