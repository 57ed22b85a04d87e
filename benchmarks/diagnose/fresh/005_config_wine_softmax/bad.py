import torch
from sklearn.datasets import load_wine
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

config = {
    "layers": [13, 32, 16, 3],
    "activation": "relu",
    "output": "softmax",
    "lr": 0.01,
    "batch_size": 16,
    "epochs": 25,
}


def build_model(cfg):
    sizes = cfg["layers"]
    modules = []
    for n_in, n_out in zip(sizes[:-2], sizes[1:-1]):
        modules += [nn.Linear(n_in, n_out), nn.ReLU()]
    modules.append(nn.Linear(sizes[-2], sizes[-1]))
    if cfg["output"] == "softmax":
        modules.append(nn.Softmax(dim=1))  # fault: softmax-before-cross-entropy
    return nn.Sequential(*modules)


torch.manual_seed(7)
wine = load_wine()
features = torch.tensor(wine.data, dtype=torch.float32)
features = (features - features.mean(0)) / features.std(0)
dataset = TensorDataset(features, torch.tensor(wine.target))
train_set, val_set = random_split(dataset, [140, 38])
model = build_model(config)
optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
criterion = nn.CrossEntropyLoss()
for epoch in range(config["epochs"]):
    for xb, yb in DataLoader(train_set, config["batch_size"], shuffle=True):
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)  # fault: softmax-before-cross-entropy
        loss.backward()
        optimizer.step()
    hits = sum((model(xb).argmax(1) == yb).sum().item() for xb, yb in DataLoader(val_set, 38))
    print(f"epoch {epoch} loss {loss.item():.3f} val {hits / 38:.2f}")
