"""Policy gradients of what is made of costs, by a function and step by step: to be made smaller, whatever it is called."""

import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(7)
best = torch.randn(4, 3)
policy = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(policy.parameters(), lr=0.01)


def discounted(costs, gamma=0.9):
    total, found = torch.zeros(32), []
    for cost in reversed(costs):
        total = cost + gamma * total
        found.insert(0, total)
    return torch.stack(found)


for episode in range(60):
    logs, costs = [], []
    for _ in range(3):
        state = torch.randn(32, 4)
        distribution = Categorical(logits=policy(state))
        action = distribution.sample()
        logs.append(distribution.log_prob(action))
        costs.append(((state @ best).argmax(1) != action).float())
    returns = discounted(costs)
    advantage = (returns - returns.mean()) / returns.std()
    loss = (torch.stack(logs) * advantage).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(costs[-1].mean().item())
