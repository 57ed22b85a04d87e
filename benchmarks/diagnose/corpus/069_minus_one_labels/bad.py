import torch
from sklearn.datasets import load_breast_cancer

torch.manual_seed(36)
d = load_breast_cancer()
x = torch.tensor((d.data - d.data.mean(0)) / d.data.std(0)).float()
y = torch.tensor(d.target * 2 - 1)  # fault: label-out-of-range

w = torch.nn.Linear(30, 2)
opt = torch.optim.LBFGS(w.parameters(), lr=0.5, max_iter=8)


def closure():
    opt.zero_grad()
    loss = torch.nn.functional.cross_entropy(w(x), y)  # fault: label-out-of-range
    loss = loss + 1e-3 * w.weight.pow(2).sum()
    loss.backward()
    return loss


for i in range(6):
    print(i, float(opt.step(closure)))
