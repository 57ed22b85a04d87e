import torch
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import scale
from torch.utils.data import DataLoader, TensorDataset, random_split

d = load_diabetes()
X = torch.tensor(scale(d.data), dtype=torch.float32)
y = torch.tensor(scale(d.target), dtype=torch.float32)
torch.manual_seed(0)
train_set, valid_set = random_split(TensorDataset(X, y), [350, 92])
train_dl = DataLoader(train_set, 32, shuffle=True)
valid_dl = DataLoader(valid_set, 92)
model = torch.nn.Sequential(
    torch.nn.Linear(10, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1)
)
opt = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=1e-2)


def loss_batch(model, xb, yb, opt=None):
    loss = ((model(xb) - yb) ** 2).mean()  # fault: loss-broadcast
    if opt is not None:
        loss.backward()
        opt.step()
        opt.zero_grad()
    return loss.item(), len(xb)


def fit(epochs):
    for epoch in range(epochs):
        model.train()
        for xb, yb in train_dl:
            loss_batch(model, xb, yb, opt)
        model.eval()
        with torch.no_grad():
            losses, nums = zip(*[loss_batch(model, xb, yb) for xb, yb in valid_dl])
        print(epoch, sum(l * n for l, n in zip(losses, nums)) / sum(nums))


fit(12)
