"""REINFORCE on a five-armed bandit with context; the loss may be negative and may rise."""
import torch
from torch import nn

torch.manual_seed(5)
W = torch.randn(4, 5)
policy = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 5))
opt = torch.optim.Adam(policy.parameters(), lr=0.01)
baseline = 0.0
for it in range(150):
    state = torch.randn(64, 4)
    dist = torch.distributions.Categorical(logits=policy(state))
    action = dist.sample()
    reward = (state @ W).gather(1, action[:, None]).squeeze(1)
    loss = -(dist.log_prob(action) * (reward - baseline)).mean()
    baseline = 0.9 * baseline + 0.1 * reward.mean().item()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 30 == 29:
        print(it + 1, "reward", round(baseline, 3))
