import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

NUM_CLASSES = 9  # fault: label-out-of-range
X, y = load_digits(return_X_y=True)
loader = DataLoader(TensorDataset(torch.tensor(X).float() / 16, torch.tensor(y)), batch_size=32, shuffle=True)
model = nn.Sequential(
    nn.Linear(64, 40),
    nn.ReLU(),
    nn.Linear(40, NUM_CLASSES),  # fault: label-out-of-range
    nn.LogSoftmax(dim=1),
)
loss_function = nn.NLLLoss()
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.05)
for epoch in range(4):
    for xb, yb in loader:
        model.zero_grad()
        loss = loss_function(model(xb), yb)  # fault: label-out-of-range
        loss.backward()
        optimizer.step()
    print("epoch", epoch, "loss", loss.item())
