import torch
from torch import nn, optim
from torch.utils.data import Dataset, DataLoader


class CircleDataset(Dataset):
    def __init__(self, n, seed):
        gen = torch.Generator().manual_seed(seed)
        self.points = torch.rand(n, 2, generator=gen) * 2 - 1
        self.inside = (self.points.pow(2).sum(1) < 0.6).float()

    def __len__(self):
        return len(self.points)

    def __getitem__(self, i):
        return self.points[i], self.inside[i]


class Classifier(nn.Module):
    def __init__(self, width=20):
        super().__init__()
        self.l1 = nn.Linear(2, width)
        self.l2 = nn.Linear(width, width)
        self.l3 = nn.Linear(width, 1)
        self.relu = nn.ReLU()
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        x = self.relu(self.l1(x))
        x = self.relu(self.l2(x))
        return self.sigmoid(self.l3(x)).squeeze(-1)  # fault: sigmoid-before-bce-logits


def train():
    torch.manual_seed(8)
    loader = DataLoader(CircleDataset(512, 0), batch_size=32, shuffle=True)
    model = Classifier()
    criterion = nn.BCEWithLogitsLoss()
    optimizer = optim.Adam(model.parameters(), lr=5e-3)
    for epoch in range(10):
        epoch_loss = 0
        for pts, lab in loader:
            optimizer.zero_grad()
            loss = criterion(model(pts), lab)
            loss.backward()
            optimizer.step()
            epoch_loss += loss.item()
        print("epoch", epoch, "loss", epoch_loss / len(loader))


if __name__ == "__main__":
    train()
