"""Student grades: fully connected network, dropout against overfitting."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(21)
n = 1500
hours = torch.rand(n) * 10
sleep = torch.rand(n) * 6 + 4
stress = torch.rand(n)
grade = ((hours - 5).pow(2) / 6 - (sleep - 7).abs() + 2 * torch.sin(6 * stress) + 0.2 * torch.randn(n)).unsqueeze(1)
table = torch.stack([hours / 10, (sleep - 4) / 6, stress], 1)
grade = (grade - grade.mean()) / grade.std()


class GradeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(3, 64)
        self.drop1 = nn.Dropout(0.1)
        self.fc2 = nn.Linear(64, 32)
        self.drop2 = nn.Dropout(0.1)
        self.out = nn.Linear(32, 1)

    def forward(self, x):
        x = self.drop1(self.fc1(x))  # fault: missing-nonlinearity
        x = self.drop2(self.fc2(x))  # fault: missing-nonlinearity
        return self.out(x)  # fault: missing-nonlinearity


train_dl = DataLoader(TensorDataset(table[:1200], grade[:1200]), batch_size=40, shuffle=True)
model = GradeNet()
opt = torch.optim.AdamW(model.parameters(), lr=5e-3)
for epoch in range(10):
    model.train()
    for xb, yb in train_dl:
        loss = nn.functional.mse_loss(model(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        val = nn.functional.mse_loss(model(table[1200:]), grade[1200:])
    print(f"epoch {epoch}: train {loss.item():.3f} val {val.item():.3f}")
