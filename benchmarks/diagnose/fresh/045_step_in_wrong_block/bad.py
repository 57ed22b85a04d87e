"""Weather class from sensors. The step sits in the logging branch that never comes true."""
import torch
import torch.nn as nn

torch.manual_seed(16)
x = torch.randn(960, 9)
y = (x @ torch.randn(9, 4)).argmax(1)
model = nn.Sequential(nn.Linear(9, 40), nn.ELU(), nn.Linear(40, 4))
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()


def run(x, y, training):
    total, hits = 0.0, 0
    for i in range(0, len(x), 48):
        xb, yb = x[i:i + 48], y[i:i + 48]
        scores = model(xb)
        loss = criterion(scores, yb)
        if training:
            optimizer.zero_grad()
            loss.backward()  # fault: missing-optimizer-step
            optimizer.step  # fault: missing-optimizer-step
        total += loss.item() * len(xb)
        hits += (scores.argmax(1) == yb).sum().item()
    return total / len(x), hits / len(x)


for epoch in range(12):
    train_loss, train_acc = run(x[:720], y[:720], training=True)
    with torch.no_grad():
        val_loss, val_acc = run(x[720:], y[720:], training=False)
    print(f"{epoch}: {train_loss:.3f} {train_acc:.2f} {val_loss:.3f} {val_acc:.2f}")
