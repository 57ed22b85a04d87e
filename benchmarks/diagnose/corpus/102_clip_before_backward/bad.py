"""Regression with outliers, gradients clipped (or so it was meant)."""
import torch

torch.manual_seed(9)
x = torch.randn(300, 6)
y = x.sum(1, keepdim=True)
y[::25] += 20.0


def training_step(model, optimizer, batch, max_norm):
    inputs, targets = batch
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(model(inputs), targets)
    torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)  # fault: clip-ineffective
    loss.backward()
    optimizer.step()
    return loss.item()


model = torch.nn.Sequential(torch.nn.Linear(6, 20), torch.nn.ReLU(), torch.nn.Linear(20, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
for epoch in range(10):
    values = [training_step(model, optimizer, (x[r], y[r]), 1.0) for r in torch.randperm(300).split(30)]
    print(f"epoch {epoch}: {sum(values) / len(values):.3f}")
