import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_
from sklearn.datasets import load_digits

torch.manual_seed(0)
digits = load_digits()
X = torch.tensor(digits.images / 16).float()
Y = torch.tensor(digits.target)


class RowReader(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(8, 40, batch_first=True)
        self.fc = nn.Linear(40, 10)

    def forward(self, rows):
        _, last = self.gru(rows)
        return self.fc(last[0])


def main():
    model = RowReader()
    opt = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    for epoch in range(5):
        hits = 0
        for idx in torch.randperm(len(X)).split(64):
            opt.zero_grad()
            out = model(X[idx])
            loss = nn.functional.cross_entropy(out, Y[idx])
            loss.backward()
            opt.step()
            clip_grad_norm_(model.parameters(), 0.5)  # fault: clip-ineffective
            hits += (out.argmax(1) == Y[idx]).sum().item()
        print(epoch, round(loss.item(), 3), hits / len(X))


if __name__ == "__main__":
    main()
