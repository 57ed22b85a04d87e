import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
d = load_digits()
x = torch.tensor(d.data / 16).float()
y = torch.tensor(d.target)
small, large = y < 5, y >= 5


def fit(model, params, xs, ys, epochs):
    opt = torch.optim.Adam(params, lr=3e-3)
    for _ in range(epochs):
        for i in torch.randperm(len(xs)).split(32):
            loss = nn.functional.cross_entropy(model(xs[i]), ys[i])
            opt.zero_grad()
            loss.backward()
            opt.step()
    return loss.item()


body = nn.Sequential(nn.Linear(64, 48), nn.ReLU())
model = nn.Sequential(body, nn.Linear(48, 5))
print("pretraining on 0-4:", fit(model, model.parameters(), x[small], y[small], 6))

# transfer: keep the body as it is, train a new head on 5-9
for p in body.parameters():
    p.requires_grad = False
model = nn.Sequential(body, nn.Linear(48, 5))
trainable = [p for p in model.parameters() if p.requires_grad]
print("transfer to 5-9:", fit(model, trainable, x[large], y[large] - 5, 6))
