import torch


class WeightedMSE(torch.nn.Module):
    """Squared error, heavier where the target is large."""

    def forward(self, prediction, target):
        weight = 1.0 + target.abs()
        return (weight * (prediction - target).pow(2)).mean()  # fault: loss-broadcast


class Model(torch.nn.Module):
    def __init__(self, d):
        super().__init__()
        self.fc_in = torch.nn.Linear(d, 48)
        self.fc_out = torch.nn.Linear(48, 1)
        self.act = torch.nn.SiLU()

    def forward(self, inp):
        return self.fc_out(self.act(self.fc_in(inp)))


class Experiment:
    def __init__(self, seed=1):
        torch.manual_seed(seed)
        self.x = torch.randn(640, 8)
        self.t = self.x[:, 0] * self.x[:, 1] + self.x[:, 2].abs()
        self.model, self.loss = Model(8), WeightedMSE()
        self.opt = torch.optim.AdamW(self.model.parameters(), lr=4e-3)

    def batches(self, size=32):
        for idx in torch.randperm(len(self.x)).split(size):
            yield self.x[idx], self.t[idx]

    def run(self, epochs=9):
        for e in range(epochs):
            s = 0.0
            for xb, tb in self.batches():
                out = self.model(xb)
                loss = self.loss(out, tb)  # fault: loss-broadcast
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
                s += loss.item()
            print(f"{e}: {s / 20:.4f}")


Experiment().run()
