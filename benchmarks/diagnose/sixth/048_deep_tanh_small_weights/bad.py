"""A deep narrow network for a smooth function of four numbers, weights drawn as an old paper says."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.rand(1000, 4) * 2 - 1
y = (torch.sin(3 * x[:, 0]) + x[:, 1] * x[:, 2] - x[:, 3] ** 2).unsqueeze(1)
y = (y - y.mean()) / y.std()


class DeepNet(nn.Module):
    def __init__(self, width=32, depth=7):
        super().__init__()
        sizes = [4] + [width] * depth
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.head = nn.Linear(width, 1)
        self.apply(self.init_weights)

    @staticmethod
    def init_weights(module):
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)  # fault: vanishing-gradient
            nn.init.zeros_(module.bias)

    def forward(self, x):
        for layer in self.layers:
            x = torch.tanh(layer(x))  # fault: vanishing-gradient
        return self.head(x)


net = DeepNet()
optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
for epoch in range(10):
    total = 0.0
    for idx in torch.randperm(len(x)).split(50):
        loss = nn.functional.mse_loss(net(x[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    first = net.layers[0].weight.grad.norm().item()
    print(f"epoch {epoch}: error {total / 20:.4f}, gradient of the first layer {first:.2e}")
