import torch as th
from sklearn.datasets import make_multilabel_classification


class FitMixin:
    epochs, batch = 8, 50

    def fit(self, X, Y):
        self.opt = th.optim.RMSprop(self.parameters(), lr=2e-3)
        for e in range(self.epochs):
            for i in th.randperm(len(X)).split(self.batch):
                self.opt.zero_grad()
                self.loss(X[i], Y[i]).backward()
                self.opt.step()
            print(e, self.loss(X, Y).item())
        return self


class Tagger(FitMixin, th.nn.Module):
    def __init__(self, d, k):
        super().__init__()
        self.a = th.nn.Linear(d, 40)
        self.b = th.nn.Linear(40, k)
        self.act = th.nn.Sigmoid()
        self.crit = th.nn.BCEWithLogitsLoss()

    def forward(self, x):
        x = th.relu(self.a(x))
        return self.act(self.b(x))  # fault: sigmoid-before-bce-logits

    def loss(self, x, y):
        return self.crit(self(x), y)


X, Y = make_multilabel_classification(800, 20, n_classes=6, random_state=0)
X = (X - X.mean(0)) / X.std(0)
th.manual_seed(0)
Tagger(20, 6).fit(th.tensor(X).float(), th.tensor(Y).float())
