import torch
from torch import nn

torch.manual_seed(0)
pts = torch.rand(400, 2) * 2 - 1
inside = ((pts ** 2).sum(dim=1) < 0.5).float().unsqueeze(1)

model = nn.Sequential(
    nn.Linear(2, 10),
    nn.ReLU(),
    nn.Linear(10, 10),
    nn.ReLU(),
    nn.Linear(10, 1),
)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(200):
    logits = model(pts)
    loss = criterion(logits, inside)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 40 == 0:
        acc = ((logits > 0) == (inside > 0.5)).float().mean()
        print(f"{epoch}: loss {loss.item():.3f} acc {acc.item():.3f}")
print("final", loss.item())
