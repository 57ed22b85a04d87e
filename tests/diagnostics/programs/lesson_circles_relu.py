"""Two circles, ReLU between the layers, accuracy by rounding, every tenth epoch."""
import torch
from torch import nn

torch.manual_seed(42)
n = 400
t = torch.rand(n) * 6.2832
y = (torch.arange(n) % 2).float()
r = torch.where(y > 0, 0.8, 1.0) + 0.03 * torch.randn(n)
X = torch.stack([r * t.cos(), r * t.sin()], dim=1)
X_train, X_test, y_train, y_test = X[:320], X[320:], y[:320], y[320:]


class CircleModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer_1 = nn.Linear(2, 10)
        self.layer_2 = nn.Linear(10, 10)
        self.layer_3 = nn.Linear(10, 1)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.layer_3(self.relu(self.layer_2(self.relu(self.layer_1(x)))))


model = CircleModel()
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(150):
    model.train()
    logits = model(X_train).squeeze()
    loss = loss_fn(logits, y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model.eval()
    with torch.inference_mode():
        guess = torch.round(torch.sigmoid(model(X_test).squeeze()))
        if epoch % 10 == 0:
            print(epoch, float((guess == y_test).float().mean()))
