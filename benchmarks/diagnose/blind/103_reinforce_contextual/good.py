"""REINFORCE with a running baseline; the loss may have any sign."""
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(2)
policy = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 4))
optimizer = torch.optim.Adam(policy.parameters(), lr=0.01)
baseline = 0.0
for episode in range(200):
    context = torch.randn(64, 4)
    dist = Categorical(logits=policy(context))
    action = dist.sample()
    reward = (action == context.argmax(1)).float() + 0.1 * torch.randn(64)
    loss = -(dist.log_prob(action) * (reward - baseline)).mean() - 0.01 * dist.entropy().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    baseline = 0.9 * baseline + 0.1 * reward.mean().item()
    if episode % 50 == 49:
        print(episode + 1, f"mean reward {baseline:.3f}")
