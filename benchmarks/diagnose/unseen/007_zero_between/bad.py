import torch
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import scale

data = load_breast_cancer()
x = torch.tensor(scale(data.data), dtype=torch.float)
y = torch.tensor(data.target, dtype=torch.float).unsqueeze(1)

model = torch.nn.Sequential(
    torch.nn.Linear(30, 16),
    torch.nn.ReLU(),
    torch.nn.Linear(16, 1),
)
criterion = torch.nn.BCEWithLogitsLoss()
optim = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(100):
    output = model(x)
    loss = criterion(output, y)
    loss.backward()  # fault: zero-grad-before-step
    optim.zero_grad()  # fault: zero-grad-before-step
    optim.step()  # fault: zero-grad-before-step
    if epoch % 20 == 0:
        accuracy = ((output > 0) == (y > 0.5)).float().mean()
        print(f"Epoch {epoch}: loss {loss.item():.4f}, accuracy {accuracy.item():.3f}")
