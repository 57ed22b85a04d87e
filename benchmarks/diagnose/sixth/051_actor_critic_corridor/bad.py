"""Advantage actor-critic in a corridor: step right to the end, and be paid there."""
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)
CELLS, GAMMA, LIMIT = 6, 0.95, 25


class ActorCritic(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(CELLS, hidden), nn.Tanh())
        self.policy = nn.Linear(hidden, 2)
        self.value = nn.Linear(hidden, 1)

    def forward(self, state):
        h = self.body(state)
        return Categorical(logits=self.policy(h)), self.value(h).squeeze(-1)


def episode(net):
    cell, log_probs, values, rewards = 0, [], [], []
    for _ in range(LIMIT):
        dist, value = net(nn.functional.one_hot(torch.tensor(cell), CELLS).float())
        action = dist.sample()
        cell = max(0, cell + (1 if action == 1 else -1))
        log_probs.append(dist.log_prob(action))
        values.append(value)
        rewards.append(1.0 if cell == CELLS - 1 else -0.05)
        if cell == CELLS - 1:
            break
    returns, running = [], 0.0
    for r in reversed(rewards):
        running = r + GAMMA * running
        returns.insert(0, running)
    return torch.stack(log_probs), torch.stack(values), torch.tensor(returns)


class Updater:
    def __init__(self, net, lr):
        self.net = net
        self.optimizer = torch.optim.Adam(net.parameters(), lr=lr)

    def clear(self):
        for p in self.net.parameters():
            p.grad = None

    def __call__(self, loss):
        loss.backward()  # fault: zero-grad-before-step
        self.clear()  # fault: zero-grad-before-step
        self.optimizer.step()  # fault: zero-grad-before-step


net = ActorCritic()
update = Updater(net, lr=0.02)
lengths = []
for number in range(150):
    log_probs, values, returns = episode(net)
    advantage = (returns - values).detach()
    update(-(log_probs * advantage).sum() + 0.5 * (returns - values).pow(2).sum())
    lengths.append(len(returns))
    if number % 30 == 29:
        print(f"episode {number + 1}: mean length {sum(lengths[-30:]) / 30:.1f}")
