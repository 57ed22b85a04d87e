import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn import datasets

torch.manual_seed(0)
d = datasets.load_digits()
imgs = torch.tensor(d.images / 16, dtype=torch.float32)
labs = torch.tensor(d.target)
loader = DataLoader(TensorDataset(imgs, labs), batch_size=128, shuffle=True)

model = nn.Sequential(
    nn.Flatten(),
    nn.Linear(64, 32),
    nn.ReLU(),
    nn.Linear(32, 10),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(4):
    for images, labels in loader:
        out = model(images)
        loss = criterion(out, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print("Epoch", epoch, "Loss", loss.item())
