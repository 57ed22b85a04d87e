"""REINFORCE on a contextual bandit with four arms."""
import torch
import torch.nn as nn
from torch.distributions import Categorical

torch.manual_seed(7)
best_arm = torch.randn(6, 4)


class PolicyNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(6, 32)
        self.affine2 = nn.Linear(32, 4)

    def forward(self, x):
        return torch.softmax(self.affine2(torch.relu(self.affine1(x))), dim=1)


policy = PolicyNetwork()
optimizer = torch.optim.Adam(policy.parameters(), lr=3e-3)
for episode in range(250):
    state = torch.randn(64, 6)
    dist = Categorical(policy(state))
    action = dist.sample()
    reward = ((state @ best_arm).argmax(1) == action).float()
    advantage = reward - reward.mean()
    loss = -(dist.log_prob(action) * advantage).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if episode % 50 == 0:
        print(f"episode {episode} reward {reward.mean():.3f}")
