"""An estimator with fit(), called once a round; after each round the error on held-out data is shown."""
import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(2)
X = rng.uniform(-2, 2, size=(900, 3)).astype(np.float32)
Y = (np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2]).astype(np.float32)[:, None]
X_fit, Y_fit, X_out, Y_out = (torch.from_numpy(a) for a in (X[:700], Y[:700], X[700:], Y[700:]))


class NeuralRegressor:
    def __init__(self, hidden=48, lr=0.01, momentum=0.95):
        self.net = nn.Sequential(
            nn.Linear(3, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1)
        )
        self.criterion = nn.MSELoss()
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=lr, momentum=momentum)

    def fit(self, X, Y, batch_size=175):
        optimizer = self.optimizer
        for rows in torch.randperm(len(X)).split(batch_size):
            optimizer.zero_grad()
            loss = self.criterion(self.net(X[rows]), Y[rows])
            loss.backward()
            optimizer.step()
        return self

    def error(self, X, Y):
        with torch.no_grad():
            return self.criterion(self.net(X), Y).item()


torch.manual_seed(0)
model = NeuralRegressor()
for round_number in range(40):
    model.fit(X_fit, Y_fit)
    if round_number % 10 == 9:
        print(f"round {round_number + 1}: held-out error {model.error(X_out, Y_out):.4f}")
