import torch
from sklearn.datasets import load_wine


class ScaledClassifier(torch.nn.Module):
    """Learned scale per feature in front of a small network."""

    def __init__(self, n):
        super().__init__()
        self.scales = [torch.nn.Parameter(torch.zeros(n)), torch.nn.Parameter(torch.zeros(n))]  # fault: unregistered-submodule
        self.fc1 = torch.nn.Linear(n, 20)
        self.fc2 = torch.nn.Linear(20, 3)

    def forward(self, x):
        x = x * torch.exp(self.scales[0]) + self.scales[1]
        return self.fc2(torch.nn.functional.leaky_relu(self.fc1(x)))


def main():
    torch.manual_seed(2)
    X, y = load_wine(return_X_y=True)
    X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
    y = torch.tensor(y)
    model = ScaledClassifier(13)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(50):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
    print("loss", loss.item(), "scales", model.scales[0].detach()[:3].tolist())


if __name__ == "__main__":
    main()
