# Forecast of the energy demand, one step ahead
import numpy as np
import torch
from torch import nn

SEQ = 20
rng = np.random.default_rng(1)
hours = np.arange(2000)
load = np.sin(hours / 12) + 0.5 * np.sin(hours / 40 + 1) + 0.1 * rng.standard_normal(2000)


def create_sequences(series, length):
    xs, ys = [], []
    for i in range(len(series) - length):
        xs.append(series[i:i + length])
        ys.append(series[i + length])
    return torch.FloatTensor(np.array(xs)).unsqueeze(-1), torch.FloatTensor(np.array(ys)).unsqueeze(-1)


class LoadModel(nn.Module):
    def __init__(self, hidden_size=32):
        super().__init__()
        self.lstm = nn.LSTM(input_size=1, hidden_size=hidden_size, batch_first=True)
        self.linear = nn.Linear(hidden_size, 1)

    def forward(self, x):
        out, (h, c) = self.lstm(x)
        return self.linear(out[:, -1])


torch.manual_seed(1)
x_all, y_all = create_sequences(load, SEQ)
x_train, y_train, x_test, y_test = x_all[:1500], y_all[:1500], x_all[1500:], y_all[1500:]
model = LoadModel()
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)


def train(epochs, batch_size=64):
    for epoch in range(epochs):
        perm = torch.randperm(len(x_train))
        total = 0
        for i in range(0, len(x_train), batch_size):
            idx = perm[i:i + batch_size]
            pred = model(x_train[idx])
            loss = loss_fn(pred, y_train[idx])
            # optimizer.zero_grad()
            loss.backward()  # fault: missing-zero-grad
            optimizer.step()  # fault: missing-zero-grad
            total += loss.item() * len(idx)
        with torch.no_grad():
            test = loss_fn(model(x_test), y_test).item()
        print("Epoch %d train %.4f test %.4f" % (epoch, total / len(x_train), test))


train(9)
