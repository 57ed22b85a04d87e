import argparse

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def get_args():
    p = argparse.ArgumentParser()
    p.add_argument("--epochs", type=int, default=6)
    p.add_argument("--bs", type=int, default=64)
    p.add_argument("--lr", type=float, default=0.2)
    return p.parse_args()


class DigitNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = torch.nn.Linear(64, 40)
        self.fc2 = torch.nn.Linear(40, 10)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        return self.fc2(x)


def main():
    args = get_args()
    torch.manual_seed(1)
    d = load_digits()
    xtr, xte, ytr, yte = train_test_split(d.data / 16.0, d.target, test_size=0.25, random_state=0)
    xtr, xte = torch.tensor(xtr).float(), torch.tensor(xte).float()
    ytr, yte = torch.tensor(ytr), torch.tensor(yte)
    net = DigitNet()
    sgd = torch.optim.SGD(net.parameters(), lr=args.lr, momentum=0.9)
    for ep in range(1, args.epochs + 1):
        perm = torch.randperm(len(xtr))
        total = 0.0
        for i in range(0, len(perm), args.bs):
            idx = perm[i : i + args.bs]
            logits = net(xtr[idx])
            loss = F.cross_entropy(logits, ytr[idx])
            loss.backward()
            sgd.step()
            sgd.zero_grad()
            total += loss.item() * len(idx)
        with torch.no_grad():
            acc = (net(xte).argmax(1) == yte).float().mean().item()
        print(f"ep {ep}: train loss {total / len(xtr):.3f} test acc {acc:.3f}")


if __name__ == "__main__":
    main()
