import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
digits = load_digits()
inputs = torch.tensor(digits.data / 16.0, dtype=torch.float32)
answers = torch.tensor(digits.target)

net = nn.Sequential(
    nn.Linear(64, 32),
    nn.ReLU(),
    nn.Linear(32, 10),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.005)

for epoch in range(15):
    for batch in torch.randperm(1797).split(64):
        guess = net(inputs[batch])
        loss = criterion(guess, answers[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 3 == 2:
        with torch.no_grad():
            predicted = net(inputs).argmax(1)
            acc = (predicted == answers).float().mean().item()
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}, share of digits read right {acc:.3f}")
