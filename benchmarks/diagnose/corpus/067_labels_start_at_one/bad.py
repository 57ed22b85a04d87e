import torch
import torch.nn as nn
import numpy as np

np.random.seed(1)
torch.manual_seed(1)
# ratings 1..5 from 8 survey answers
answers = np.random.randn(400, 8).astype(np.float32)
rating = np.clip(np.round(3 + answers[:, :3].sum(1)), 1, 5).astype(np.int64)

X = torch.from_numpy(answers)
y = torch.from_numpy(rating)  # fault: label-out-of-range

model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 5))
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(60):
    loss = nn.CrossEntropyLoss()(model(X), y)  # fault: label-out-of-range
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
