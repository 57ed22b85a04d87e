from typing import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer


def make_train_step(model: nn.Module, loss_fn: Callable[[Tensor, Tensor], Tensor], optimizer: Optimizer):
    def step(x: Tensor, y: Tensor) -> float:
        model.train()
        yhat = model(x)
        loss = loss_fn(yhat, y)
        loss.backward()  # fault: missing-zero-grad
        optimizer.step()  # fault: missing-zero-grad
        optimizer.zero_grad
        return loss.item()

    return step


rng = np.random.default_rng(7)
x = rng.uniform(-2, 2, (500, 3)).astype(np.float32)
y = (np.sin(2 * x[:, :1]) + x[:, 1:2] * x[:, 2:3]).astype(np.float32)
x, y = torch.from_numpy(x), torch.from_numpy(y)

torch.manual_seed(7)
model = nn.Sequential(nn.Linear(3, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 1))
train_step = make_train_step(model, nn.MSELoss(), torch.optim.SGD(model.parameters(), lr=0.05))
losses = []
for epoch in range(20):
    for i in range(0, 500, 50):
        losses.append(train_step(x[i:i + 50], y[i:i + 50]))
print(losses[0], np.mean(losses[-10:]))
