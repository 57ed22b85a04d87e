"""Actor and critic in one network; the entropy is a bonus, so its sign is minus."""
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 32), nn.Tanh())
        self.pi, self.v = nn.Linear(32, 2), nn.Linear(32, 1)

    def forward(self, s):
        h = self.body(s)
        return Categorical(logits=self.pi(h)), self.v(h).squeeze(-1)


def rollout(net, n=32, length=8):
    pos = torch.rand(n, 2) * 2 - 1
    logs, values, rewards, ents = [], [], [], []
    for _ in range(length):
        dist, value = net(pos)
        a = dist.sample()
        pos = (pos + 0.2 * torch.stack([2.0 * a - 1, torch.zeros(n)], 1)).clamp(-1, 1).detach()
        logs.append(dist.log_prob(a)); values.append(value); ents.append(dist.entropy())
        rewards.append(-pos[:, 0].abs())
    returns, g = [], torch.zeros(n)
    for r in reversed(rewards):
        g = r + 0.9 * g
        returns.insert(0, g)
    return map(torch.stack, (logs, values, returns, ents))


net = ActorCritic()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for it in range(80):
    log_p, values, returns, ents = rollout(net)
    advantage = returns - values
    actor = (log_p * -advantage.detach()).mean()
    critic = advantage.pow(2).mean()
    loss = actor + 0.5 * critic - 0.01 * ents.mean()
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 0.5)
    opt.step()
    if it % 20 == 0:
        print(it, returns.mean().item(), critic.item())
