"""A network over a graph with three kinds of edges, with a weight matrix for each kind."""
import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(0)
torch.manual_seed(0)
N, RELATIONS, DIM, CLASSES = 240, 3, 16, 4
hidden_class = torch.randint(CLASSES, (N,))
features = torch.randn(N, DIM)
adjacency = torch.zeros(RELATIONS, N, N)
for r in range(RELATIONS):
    linked = (hidden_class[:, None] + r) % CLASSES == hidden_class[None, :]
    adjacency[r] = (torch.rand(N, N) < torch.where(linked, 0.25, 0.02)).float()
adjacency = adjacency / adjacency.sum(2, keepdim=True).clamp(min=1)
features[:, :CLASSES] += 0.8 * nn.functional.one_hot(hidden_class, CLASSES)
features = features[:, torch.randperm(DIM)]
known = torch.rand(N) < 0.5


class RelationalLayer(nn.Module):
    def __init__(self, fan_in, fan_out):
        super().__init__()
        start = rng.normal(scale=0.05, size=(RELATIONS, fan_in, fan_out))
        self.weight = nn.Parameter(torch.from_numpy(start)).float()  # fault: unregistered-submodule
        self.bias = nn.Parameter(torch.zeros(fan_out))

    def forward(self, x, adj):
        messages = torch.einsum("rnm,md,rde->ne", adj, x, self.weight)
        return messages + self.bias


class RGCN(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = RelationalLayer(DIM, 4)
        self.second = nn.Linear(4, CLASSES)

    def forward(self, x, adj):
        return self.second(torch.relu(self.first(x, adj)))


model = RGCN()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(150):
    logits = model(features, adjacency)
    loss = nn.functional.cross_entropy(logits[known], hidden_class[known])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
accuracy = (logits.argmax(1) == hidden_class)[~known].float().mean().item()
print(f"loss {loss.item():.3f}, accuracy of unknown nodes {accuracy:.3f}")
print("weights:", sum(p.numel() for p in model.parameters()))
