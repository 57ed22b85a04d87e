import torch

from waves import sample_wave


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Linear(1, 40)
        self.b = torch.nn.Linear(40, 1)

    def forward(self, t):
        return self.b(torch.sin(self.a(t)))


def main():
    torch.manual_seed(3)
    net = Net()
    optimiser = torch.optim.Adam(net.parameters(), lr=0.02)
    for it in range(200):
        t, value = sample_wave(64)
        estimate = net(t)
        error = estimate[:, 0] - value
        cost = (error ** 2).mean()
        optimiser.zero_grad()
        cost.backward()
        optimiser.step()
        if it % 50 == 49:
            print(f"iteration {it + 1}: cost {cost.item():.4f}")


main()
