import torch
import torch.nn as nn
import torch.optim as optim
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
raw = load_digits()
ds = TensorDataset(torch.tensor(raw.images, dtype=torch.float32).unsqueeze(1) / 16, torch.tensor(raw.target))
dl = DataLoader(ds, batch_size=50, shuffle=True)


class LeNetMini(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.MaxPool2d(2))
        self.classifier = nn.Sequential(nn.Linear(6 * 9, 32), nn.ReLU(), nn.Linear(32, 10))
        self.log_softmax = nn.LogSoftmax(dim=1)

    def forward(self, x):
        x = self.features(x)
        return self.log_softmax(self.classifier(torch.flatten(x, 1)))


net = LeNetMini()
criterion = nn.NLLLoss()
optimizer = optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
for epoch in range(4):
    correct = 0
    for x, y in dl:
        optimizer.zero_grad()
        output = net(x)
        loss = criterion(output, y)
        loss.backward()
        optimizer.step()
        correct += (output.argmax(1) == y).sum().item()
    print("Epoch", epoch, "loss", loss.item(), "train acc", correct / len(ds))
