"""Node classification with a graph convolution written by hand: which community does a node belong to?"""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1)
N, COMMUNITIES, FEATURES = 400, 5, 12
labels = torch.randint(COMMUNITIES, (N,))
same = labels[:, None] == labels[None, :]
edges = torch.rand(N, N) < torch.where(same, 0.06, 0.01)
adjacency = (edges | edges.T).float()
adjacency.fill_diagonal_(1)
inv_sqrt = adjacency.sum(1).rsqrt()
norm_adjacency = inv_sqrt[:, None] * adjacency * inv_sqrt[None, :]
features = torch.randn(N, FEATURES) + 0.6 * F.one_hot(labels, FEATURES).float()
train_mask = torch.rand(N) < 0.3


class GraphConv(nn.Module):
    def __init__(self, fan_in, fan_out, act=F.relu):
        super().__init__()
        self.lin = nn.Linear(fan_in, fan_out)
        self.act = act

    def forward(self, x, adj):
        out = adj @ self.lin(x)
        return out if self.act is None else self.act(out)


class GCN(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.conv1 = GraphConv(FEATURES, hidden)
        self.conv2 = GraphConv(hidden, COMMUNITIES, act=None)

    def forward(self, x, adj):
        return self.conv2(self.conv1(x, adj), adj)


model = GCN()
opt = torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=5e-4)
for epoch in range(120):
    opt.zero_grad()
    out = model(features, norm_adjacency)
    loss = F.cross_entropy(out[train_mask], labels[train_mask])
    loss.backward()
    opt.step()

model.eval()
with torch.no_grad():
    pred = model(features, norm_adjacency).argmax(1)
acc = (pred == labels)[~train_mask].float().mean()
print(f"loss {loss.item():.3f}  accuracy of the unlabelled nodes {acc:.3f}")
