import torch
from torch import nn

torch.manual_seed(5)
numeric = torch.randn(400, 6)
category = torch.randint(0, 10, (400,))
outcome = ((numeric[:, 0] + (category.float() - 4.5) / 3) > 0).float()


class TwoBranch(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 4)
        self.dense = nn.Linear(6, 12)
        self.joint = nn.Linear(12, 8)  # fault: shape-mismatch
        self.final = nn.Linear(8, 1)

    def forward(self, num, cat):
        left = torch.relu(self.dense(num))
        right = self.embedding(cat)
        both = torch.cat([left, right], dim=1)
        return self.final(torch.relu(self.joint(both))).squeeze(1)  # fault: shape-mismatch


net = TwoBranch()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(10):
    for rows in torch.randperm(400).split(40):
        loss = criterion(net(numeric[rows], category[rows]), outcome[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print("epoch", epoch, loss.item())
