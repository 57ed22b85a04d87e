"""The network is described by a dictionary, as it comes from a JSON file."""
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.manual_seed(0)
ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "softmax": lambda: nn.Softmax(dim=1)}
SPEC = {
    "inputs": 30,
    "layers": [
        {"units": 24, "activation": "relu"},
        {"units": 12, "activation": "relu"},
        {"units": 1, "activation": "sigmoid"},
    ],
}


def build(spec):
    layers, width = [], spec["inputs"]
    for entry in spec["layers"]:
        layers.append(nn.Linear(width, entry["units"]))
        layers.append(ACTIVATIONS[entry["activation"]]())
        width = entry["units"]
    return nn.Sequential(*layers)


X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
scaler = StandardScaler().fit(X_train)
X_train = torch.tensor(scaler.transform(X_train), dtype=torch.float32)
X_test = torch.tensor(scaler.transform(X_test), dtype=torch.float32)
y_train, y_test = (torch.tensor(t, dtype=torch.float32).unsqueeze(1) for t in (y_train, y_test))

net = build(SPEC)
criterion = nn.BCELoss()
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(12):
    for idx in torch.randperm(len(X_train)).split(32):
        optimizer.zero_grad()
        loss = criterion(net(X_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        right = ((net(X_test) > 0.5) == (y_test > 0.5)).float().mean().item()
    print(f"epoch {epoch}: loss {loss.item():.3f} accuracy {right:.3f}")
