import numpy as np
import torch
import torch.nn as nn

np.random.seed(0)
torch.manual_seed(0)

# small RGB pictures, height x width x channel like in PIL: is the red patch left or right?
pictures = np.random.rand(300, 12, 12, 3).astype("float32") * 0.3
side = np.random.randint(0, 2, 300)
for i, s in enumerate(side):
    pictures[i, 4:8, 1 + 6 * s:5 + 6 * s, 0] += 0.7

x = torch.from_numpy(pictures).permute(0, 3, 1, 2)
y = torch.from_numpy(side)

features = nn.Sequential(
    nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(8, 8, 3), nn.ReLU(), nn.Flatten(),
)
head = nn.Linear(8 * 3 * 3, 2)
opt = torch.optim.Adam(list(features.parameters()) + list(head.parameters()), lr=2e-3)
loss_fn = nn.CrossEntropyLoss()
for epoch in range(6):
    for start in range(0, 300, 30):
        xb, yb = x[start:start + 30], y[start:start + 30]
        logits = head(features(xb))
        loss = loss_fn(logits, yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print("epoch", epoch, "loss", loss.item())
