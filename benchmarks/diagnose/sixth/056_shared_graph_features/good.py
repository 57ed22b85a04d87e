"""Link prediction: node vectors from two rounds of message passing, scores from a small decoder."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
N = 120
group = torch.randint(4, (N,))
linked = torch.rand(N, N) < torch.where(group[:, None] == group[None, :], 0.3, 0.03)
adjacency = torch.triu(linked, 1).float()
adjacency = adjacency + adjacency.T
walk = adjacency / adjacency.sum(1, keepdim=True).clamp(min=1)
features = torch.randn(N, 16) + F.one_hot(group, 16)


class NodeEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(16, 32), nn.Linear(32, 16)

    def forward(self, x):
        h = torch.relu(self.first(walk @ x) + 0.0)
        return self.second(walk @ h + h)


class LinkModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = NodeEncoder()
        self.score = nn.Bilinear(16, 16, 1)

    def forward(self, nodes, pairs):
        return self.score(nodes[pairs[:, 0]], nodes[pairs[:, 1]]).squeeze(1)


def batches(size=256):
    pairs = torch.triu_indices(N, N, 1).T
    for idx in torch.randperm(len(pairs)).split(size):
        yield pairs[idx]


model = LinkModel()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(4):
    total = 0.0
    for pairs in batches():
        target = adjacency[pairs[:, 0], pairs[:, 1]]
        nodes = model.encoder(features)
        loss = F.binary_cross_entropy_with_logits(model(nodes, pairs), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch}: {total:.3f}")
