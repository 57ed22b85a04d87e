import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
ratings = {1: "bad", 2: "fair", 3: "good", 4: "great"}
x = torch.randn(900, 7)
quality = x[:, 0] + 0.7 * x[:, 1] ** 2 - x[:, 2].abs()
stars = 1 + (quality > -0.5).long() + (quality > 0.3).long() + (quality > 1.0).long()  # fault: label-out-of-range


class StarModel(nn.Module):
    def __init__(self, n_stars):
        super().__init__()
        self.fc1 = nn.Linear(7, 64)
        self.fc2 = nn.Linear(64, n_stars)  # fault: label-out-of-range

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))


model = StarModel(len(ratings))  # fault: label-out-of-range
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(10):
    for i in range(0, 900, 45):
        logits = model(x[i:i + 45])
        loss = F.cross_entropy(logits, stars[i:i + 45])  # fault: label-out-of-range
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch}: {loss.item():.3f}")
