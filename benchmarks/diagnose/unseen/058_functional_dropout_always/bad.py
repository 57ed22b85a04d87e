import os
import torch
import torch.nn as nn
import torch.nn.functional as F
from torchvision import datasets, transforms

torch.manual_seed(0)
tf = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
root = os.environ.get("WORKBENCH_DATA", "data")
train_ds = torch.utils.data.Subset(datasets.FashionMNIST(root, train=True, download=True, transform=tf), range(2500))
test_ds = torch.utils.data.Subset(datasets.FashionMNIST(root, train=False, download=True, transform=tf), range(500))
train_dl = torch.utils.data.DataLoader(train_ds, 50, shuffle=True)
test_dl = torch.utils.data.DataLoader(test_ds, 250)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 120)
        self.fc2 = nn.Linear(120, 60)
        self.fc3 = nn.Linear(60, 10)

    def forward(self, x):
        x = x.view(x.shape[0], -1)
        x = F.dropout(F.relu(self.fc1(x)), p=0.4)  # fault: dropout-always-on
        x = F.dropout(F.relu(self.fc2(x)), p=0.4)  # fault: dropout-always-on
        return F.log_softmax(self.fc3(x), dim=1)


model = Net()
opt = torch.optim.Adam(model.parameters(), lr=0.001)
for e in range(2):
    model.train()
    for img, lab in train_dl:
        opt.zero_grad()
        loss = F.nll_loss(model(img), lab)
        loss.backward()
        opt.step()
    model.eval()
    acc = 0
    with torch.no_grad():
        for img, lab in test_dl:
            acc += (model(img).argmax(1) == lab).sum().item()
    print("epoch", e, "train loss", loss.item(), "test acc", acc / 500)
