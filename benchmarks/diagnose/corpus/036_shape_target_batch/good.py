"""Binary classifier with BCE: prediction [N, 1], label [N]."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_breast_cancer

torch.manual_seed(2)
raw, label = load_breast_cancer(return_X_y=True)
raw = torch.tensor((raw - raw.mean(0)) / raw.std(0)).float()
label = torch.tensor(label).float()
loader = DataLoader(TensorDataset(raw, label), batch_size=64, shuffle=True)


class Logistic(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(30, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x))


net = Logistic()
loss_fn = nn.BCELoss()
sgd = torch.optim.SGD(net.parameters(), lr=0.5)
for epoch in range(5):
    for xb, yb in loader:
        sgd.zero_grad()
        loss = loss_fn(net(xb), yb.unsqueeze(1))
        loss.backward()
        sgd.step()
    print(epoch, loss.item())
