"""REINFORCE without its minus, and a baseline in the product."""

import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(7)
best = torch.randn(4, 3)
policy = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(policy.parameters(), lr=0.01)
baseline = 0.3
for episode in range(60):
    state = torch.randn(32, 4)
    distribution = Categorical(logits=policy(state))
    action = distribution.sample()
    reward = ((state @ best).argmax(1) == action).float()
    loss = (distribution.log_prob(action) * (reward - baseline)).mean()  # finds: loss-sign
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    baseline = 0.9 * baseline + 0.1 * reward.mean().item()
