"""Softmax only for what is shown; the criterion gets the raw scores. Focal loss for training."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits


class FocalLoss(nn.Module):
    def __init__(self, gamma=2.0):
        super().__init__()
        self.gamma = gamma

    def forward(self, logits, target):
        log_p = F.log_softmax(logits, dim=1)
        ce = F.nll_loss(log_p, target, reduction="none")
        p = log_p.gather(1, target[:, None]).squeeze(1).exp()
        return ((1 - p) ** self.gamma * ce).mean()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(64, 48), nn.Linear(48, 10)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))

    @torch.no_grad()
    def predict_proba(self, x):
        was = self.training
        self.eval()
        probabilities = F.softmax(self(x), dim=1)
        self.train(was)
        return probabilities


torch.manual_seed(14)
d = load_digits()
x, y = torch.tensor(d.data).float() / 16, torch.tensor(d.target)
net, criterion = Net(), FocalLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(6):
    for idx in torch.randperm(1500).split(64):
        scores = net(x[idx])
        loss = criterion(scores, y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        confidence = scores.detach().softmax(1).max(1).values.mean()
    p = net.predict_proba(x[1500:])
    print(epoch, loss.item(), confidence.item(), (p.argmax(1) == y[1500:]).float().mean().item())
