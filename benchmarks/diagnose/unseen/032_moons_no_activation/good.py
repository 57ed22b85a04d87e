import torch
from torch import nn
from sklearn.datasets import make_moons

torch.manual_seed(0)
X, y = make_moons(n_samples=1000, noise=0.1, random_state=0)
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)


class MoonModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer_1 = nn.Linear(2, 16)
        self.layer_2 = nn.Linear(16, 16)
        self.layer_3 = nn.Linear(16, 1)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.layer_3(self.relu(self.layer_2(self.relu(self.layer_1(x)))))


model = MoonModel()
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
for epoch in range(201):
    model.train()
    y_logits = model(X).squeeze()
    loss = loss_fn(y_logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 50 == 0:
        acc = (torch.round(torch.sigmoid(y_logits)) == y).sum().item() / len(y)
        print(f"Epoch: {epoch} | Loss: {loss:.5f}, Acc: {acc:.2%}")
