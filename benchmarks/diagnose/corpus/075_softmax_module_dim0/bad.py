"""Probabilities from a softmax layer, then log and NLL by hand."""
import torch
from sklearn.datasets import load_iris
from torch.utils.data import DataLoader, TensorDataset


def main():
    torch.manual_seed(8)
    d = load_iris()
    x = torch.tensor((d.data - d.data.mean(0)) / d.data.std(0), dtype=torch.float32)
    y = torch.tensor(d.target)
    loader = DataLoader(TensorDataset(x, y), batch_size=25, shuffle=True)
    net = torch.nn.Sequential(
        torch.nn.Linear(4, 20),
        torch.nn.ReLU(),
        torch.nn.Linear(20, 3),
        torch.nn.Softmax(dim=0),  # fault: softmax-wrong-dim
    )
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    for epoch in range(20):
        for xb, yb in loader:
            p = net(xb)
            loss = -torch.log(p[torch.arange(len(yb)), yb] + 1e-8).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
        if epoch % 5 == 4:
            print("epoch", epoch + 1, "loss", loss.item())


if __name__ == "__main__":
    main()
