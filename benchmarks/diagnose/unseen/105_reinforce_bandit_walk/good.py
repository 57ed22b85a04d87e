"""REINFORCE on a corridor of nine fields; the reward lies on the right."""
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)


class Corridor:
    size = 9

    def reset(self):
        self.at, self.t = 4, 0
        return self.state()

    def state(self):
        s = torch.zeros(self.size)
        s[self.at] = 1
        return s

    def step(self, action):
        self.at = max(0, min(self.size - 1, self.at + (1 if action == 1 else -1)))
        self.t += 1
        done = self.at == self.size - 1 or self.t >= 20
        return self.state(), (1.0 if self.at == self.size - 1 else -0.02), done


policy = nn.Sequential(nn.Linear(9, 24), nn.Tanh(), nn.Linear(24, 2), nn.Softmax(dim=-1))
optimizer = torch.optim.Adam(policy.parameters(), lr=0.01)
env = Corridor()
average = 0.0
for episode in range(150):
    log_probs, rewards, done, s = [], [], False, env.reset()
    while not done:
        dist = Categorical(policy(s))
        a = dist.sample()
        log_probs.append(dist.log_prob(a))
        s, r, done = env.step(a.item())
        rewards.append(r)
    returns, g = [], 0.0
    for r in reversed(rewards):
        g = r + 0.98 * g
        returns.insert(0, g)
    returns = torch.tensor(returns)
    loss = -(torch.stack(log_probs) * (returns - returns.mean())).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    average = 0.9 * average + 0.1 * sum(rewards)
    if episode % 30 == 29:
        print(f"episode {episode + 1} running reward {average:.3f}")
