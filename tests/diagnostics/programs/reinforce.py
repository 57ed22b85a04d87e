"""Policy gradient on a bandit: a loss without a criterion, and below zero."""
import torch
from torch import nn

torch.manual_seed(2)
policy = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3), nn.Softmax(dim=-1))
opt = torch.optim.Adam(policy.parameters(), lr=0.02)
for step in range(60):
    state = torch.randn(32, 4)
    chosen = torch.distributions.Categorical(policy(state))
    action = chosen.sample()
    reward = (action == (state[:, 0] > 0).long()).float()
    loss = -(chosen.log_prob(action) * (reward - reward.mean())).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
