import torch
from sklearn.datasets import load_wine
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
dataset = TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.long))
loader = DataLoader(dataset, batch_size=30, shuffle=True)

model = nn.Sequential(
    nn.Linear(13, 16),
    nn.ReLU(),
    nn.Linear(16, 3),
    nn.LogSoftmax(dim=0),  # fault: softmax-wrong-dim
)
loss_fn = nn.NLLLoss()
opt = optim.Adam(model.parameters(), lr=0.01)
for epoch in range(20):
    for xb, yb in loader:
        opt.zero_grad()
        out = model(xb)
        loss = loss_fn(out, yb)
        loss.backward()
        opt.step()
    if epoch % 4 == 3:
        with torch.no_grad():
            acc = (model(dataset.tensors[0]).argmax(1) == dataset.tensors[1]).float().mean().item()
        print(epoch + 1, round(loss.item(), 4), round(acc, 3))
