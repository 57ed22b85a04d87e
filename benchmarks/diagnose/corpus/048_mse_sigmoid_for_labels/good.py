"""Ten digits, one output neuron: the label is regressed."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits


class Net(torch.nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.fc1 = torch.nn.Linear(64, 48)
        self.fc2 = torch.nn.Linear(48, outputs)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))


def main():
    torch.manual_seed(0)
    digits = load_digits()
    x = torch.tensor(digits.data / 16.0).float()
    t = torch.tensor(digits.target)
    model = Net(10)
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(6):
        for idx in torch.randperm(len(x)).split(60):
            opt.zero_grad()
            loss = F.cross_entropy(model(x[idx]), t[idx])
            loss.backward()
            opt.step()
        with torch.no_grad():
            guess = model(x).argmax(1)
            print(f"epoch {epoch}: right {(guess == t).float().mean().item():.3f}")


main()
