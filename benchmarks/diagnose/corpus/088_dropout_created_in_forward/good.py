"""The dropout layer is made anew on every call, so eval() never reaches it."""
import torch
from torch import nn

torch.manual_seed(27)
coef = torch.randn(9)
data = torch.randn(500, 9)
value = torch.tanh(data @ coef / 2)


class Model(nn.Module):
    def __init__(self, p=0.3):
        super().__init__()
        self.lin1 = nn.Linear(9, 40)
        self.lin2 = nn.Linear(40, 1)
        self.drop = nn.Dropout(p)

    def forward(self, x):
        x = torch.relu(self.lin1(x))
        x = self.drop(x)
        return self.lin2(x).squeeze(1)


model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
for epoch in range(10):
    model.train()
    for rows in torch.randperm(400).split(40):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(data[rows]), value[rows])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        print(f"epoch {epoch} test mse {nn.functional.mse_loss(model(data[400:]), value[400:]).item():.4f}")
