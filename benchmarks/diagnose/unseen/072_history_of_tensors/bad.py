import torch
import torch.nn.functional as F
from sklearn.datasets import load_iris
from torch import nn

torch.manual_seed(0)
iris = load_iris()
X = torch.tensor(iris.data, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
Y = torch.tensor(iris.target)


class Learner:
    def __init__(self):
        self.net = nn.Sequential(nn.Linear(4, 20), nn.ReLU(), nn.Linear(20, 3))
        self.opt = torch.optim.Adam(self.net.parameters(), lr=0.01)
        self.history = {"loss": [], "acc": []}

    def step(self, x, y):
        out = self.net(x)
        loss = F.cross_entropy(out, y)
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        self.history["loss"].append(loss)  # fault: loss-accumulates-graph
        self.history["acc"].append((out.argmax(1) == y).float().mean().item())

    def report(self):
        k = 20
        losses = [float(v) for v in self.history["loss"][-k:]]
        print(f"loss {sum(losses) / k:.3f} acc {sum(self.history['acc'][-k:]) / k:.3f}")


learner = Learner()
for epoch in range(30):
    for idx in torch.randperm(150).split(25):
        learner.step(X[idx], Y[idx])
    if epoch % 6 == 5:
        learner.report()
