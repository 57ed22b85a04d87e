import torch
from sklearn.datasets import load_wine
from torch import nn
from torch.optim.swa_utils import AveragedModel, SWALR
from torch.utils.data import DataLoader, TensorDataset


class LitWine(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 3))
        self.loss = nn.CrossEntropyLoss()

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch, batch_idx):
        x, y = batch
        return self.loss(self(x), y)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        return (self(x).argmax(1) == y).float().sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.05, momentum=0.9)


class Fit:
    def __init__(self, max_epochs, swa_start):
        self.max_epochs, self.swa_start = max_epochs, swa_start

    def fit(self, module, train, val):
        optimizer = module.configure_optimizers()
        swa, swa_schedule = AveragedModel(module), SWALR(optimizer, swa_lr=0.02)
        for epoch in range(self.max_epochs):
            module.train()
            for i, batch in enumerate(train):
                optimizer.zero_grad()
                loss = module.training_step(batch, i)
                loss.backward()
                optimizer.step()
            if epoch >= self.swa_start:
                swa.update_parameters(module)
                swa_schedule.step()
            module.eval()
            with torch.no_grad():
                hits = sum(module.validation_step(b, i) for i, b in enumerate(val))
            print(epoch, loss.item(), (hits / len(val.dataset)).item())
        return swa


torch.manual_seed(10)
w = load_wine()
x = torch.tensor((w.data - w.data.mean(0)) / w.data.std(0)).float()
order = torch.randperm(178)
ds = TensorDataset(x[order], torch.tensor(w.target)[order])
train = DataLoader(torch.utils.data.Subset(ds, range(130)), 26, shuffle=True)
val = DataLoader(torch.utils.data.Subset(ds, range(130, 178)), 48)
Fit(20, 12).fit(LitWine(), train, val)
