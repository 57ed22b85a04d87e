"""REINFORCE on a contextual bandit: three contexts, four arms, one good arm each."""
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)
good_arm = torch.tensor([2, 0, 3])


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 4))

    def forward(self, state):
        return Categorical(logits=self.affine(state))


policy = Policy()
optimizer = torch.optim.Adam(policy.parameters(), lr=0.01)
baseline = 0.25
for episode in range(200):
    context = torch.randint(0, 3, (32,))
    dist = policy(nn.functional.one_hot(context, 3).float())
    action = dist.sample()
    reward = (action == good_arm[context]).float()
    policy_loss = (dist.log_prob(action) * (reward - baseline)).mean()  # fault: loss-sign
    optimizer.zero_grad()
    policy_loss.backward()
    optimizer.step()
    baseline = 0.9 * baseline + 0.1 * reward.mean().item()
    if episode % 40 == 0:
        print(episode, reward.mean().item())
