"""PPO with clipping, several epochs over each rollout, one optimizer for actor and critic."""
import torch
from torch import nn
from torch.distributions import Normal

torch.manual_seed(2)


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.actor = nn.Sequential(nn.Linear(3, 32), nn.Tanh(), nn.Linear(32, 1))
        self.critic = nn.Sequential(nn.Linear(3, 32), nn.Tanh(), nn.Linear(32, 1))
        self.log_std = nn.Parameter(torch.zeros(1))

    def dist(self, s):
        return Normal(self.actor(s), self.log_std.exp())


net = ActorCritic()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for iteration in range(30):
    states = torch.randn(128, 3)
    with torch.no_grad():
        d = net.dist(states)
        actions = d.sample()
        old = d.log_prob(actions).sum(1)
        rewards = -(actions.squeeze(1) - states.sum(1)).pow(2)
        advantage = rewards - net.critic(states).squeeze(1)
        advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
    for _ in range(4):
        for idx in torch.randperm(128).split(64):
            d = net.dist(states[idx])
            ratio = (d.log_prob(actions[idx]).sum(1) - old[idx]).exp()
            surrogate = torch.min(ratio * advantage[idx], ratio.clamp(0.8, 1.2) * advantage[idx])
            value_loss = (net.critic(states[idx]).squeeze(1) - rewards[idx]).pow(2).mean()
            loss = -surrogate.mean() + 0.5 * value_loss - 0.01 * d.entropy().mean()
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 0.5)
            opt.step()
    if iteration % 5 == 0:
        print(iteration, rewards.mean().item())
