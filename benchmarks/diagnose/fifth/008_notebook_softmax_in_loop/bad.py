# %% imports
import torch, torch.nn as nn
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
# %% data
wine = load_wine()
X = torch.tensor(StandardScaler().fit_transform(wine.data)).float()
y = torch.tensor(wine.target)
# %% model
torch.manual_seed(0)
fc1, fc2 = nn.Linear(13, 24), nn.Linear(24, 3)
def predict(x): return fc2(fc1(x).relu())
# %% train
optim = torch.optim.SGD([*fc1.parameters(), *fc2.parameters()], lr=0.1)
ce = nn.CrossEntropyLoss()
for i in range(150):
    probs = predict(X).softmax(1)  # fault: softmax-before-cross-entropy
    loss = ce(probs, y)  # fault: softmax-before-cross-entropy
    optim.zero_grad(); loss.backward(); optim.step()
# %% result
print(loss.item(), (probs.argmax(1) == y).float().mean().item())
