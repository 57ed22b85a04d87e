"""Cross entropy by hand on probabilities, which turns into nan."""
import torch
import torch.nn as nn

torch.manual_seed(1)
centres = 6 * torch.randn(4, 10)
labels = torch.randint(0, 4, (1200,))
X = centres[labels] + 2 * torch.randn(1200, 10)
onehot = nn.functional.one_hot(labels, 4).float()


class SoftmaxNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.h = nn.Linear(10, 64)
        self.o = nn.Linear(64, 4)

    def forward(self, x):
        return torch.softmax(8 * self.o(torch.relu(self.h(x))), dim=1)


def cross_entropy(p, t):
    return -(t * torch.log(p + 1e-6) + (1 - t) * torch.log(1 - p + 1e-6)).sum(1).mean()


model = SoftmaxNet()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(10):
    for idx in torch.randperm(1200).split(60):
        loss = cross_entropy(model(X[idx]), onehot[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
