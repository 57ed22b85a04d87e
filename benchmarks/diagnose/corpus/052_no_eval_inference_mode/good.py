"""Regression with heavy dropout; the holdout error is printed after each round."""
import torch

torch.manual_seed(33)
beta = torch.randn(15)
make = lambda n: (lambda x: (x, torch.tanh(x @ beta)))(torch.randn(n, 15))
train_x, train_y = make(512)
hold_x, hold_y = make(256)

mlp = torch.nn.Sequential(
    torch.nn.Linear(15, 64),
    torch.nn.ReLU(),
    torch.nn.Dropout(0.4),
    torch.nn.Linear(64, 1),
    torch.nn.Flatten(0),
)
opt = torch.optim.Adam(mlp.parameters(), lr=3e-3)
for r in range(6):
    mlp.train()
    for k in range(0, 512, 32):
        opt.zero_grad()
        loss = torch.nn.functional.mse_loss(mlp(train_x[k:k + 32]), train_y[k:k + 32])
        loss.backward()
        opt.step()
    mlp.eval()
    with torch.inference_mode():
        parts = [torch.nn.functional.mse_loss(mlp(a), b) for a, b in zip(hold_x.split(64), hold_y.split(64))]
    print("round", r, "holdout mse", torch.stack(parts).mean().item())
