# soft-margin classifier written out by hand; labels are -1 / +1
import torch
from sklearn.datasets import load_breast_cancer

torch.manual_seed(23)
data = load_breast_cancer()
x = torch.tensor(data.data, dtype=torch.float32)
x = (x - x.mean(dim=0)) / x.std(dim=0)
sign = torch.tensor(2 * data.target - 1, dtype=torch.float32)

svm = torch.nn.Linear(30, 1)
optimizer = torch.optim.SGD(svm.parameters(), lr=0.02, weight_decay=1e-3)
for epoch in range(8):
    for part in torch.randperm(len(x)).chunk(12):
        optimizer.zero_grad()
        margin = svm(x[part])
        loss = torch.clamp(1 - margin * sign[part], min=0).mean()  # fault: loss-broadcast
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        score = svm(x).squeeze(1)
        print("epoch", epoch, "hinge", loss.item(), "accuracy", (score.sign() == sign).float().mean().item())
