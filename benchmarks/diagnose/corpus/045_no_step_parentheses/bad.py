"""Autoregressive next-value model in the style of a small library."""
import torch


class Fitter:
    def __init__(self, module, lr=1e-2):
        self.module = module
        self.optimizer = torch.optim.Adam(module.parameters(), lr=lr)

    def update(self, inputs, outputs):
        self.optimizer.zero_grad()
        err = torch.nn.functional.mse_loss(self.module(inputs), outputs)
        err.backward()  # fault: missing-optimizer-step
        self.optimizer.step  # fault: missing-optimizer-step
        return err.item()


def main():
    torch.manual_seed(4)
    wave = torch.sin(torch.arange(400) * 0.3) * torch.cos(torch.arange(400) * 0.05)
    frames = wave.unfold(0, 9, 1)
    past, future = frames[:, :8], frames[:, 8:]
    net = torch.nn.Sequential(torch.nn.Linear(8, 24), torch.nn.Tanh(), torch.nn.Linear(24, 1))
    fitter = Fitter(net)
    for epoch in range(10):
        costs = [fitter.update(past[i], future[i]) for i in torch.randperm(len(past)).split(28)]
        print("epoch", epoch, "cost", sum(costs) / len(costs))


main()
