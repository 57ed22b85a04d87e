"""Behaviour cloning: a policy imitates an expert that walks to the goal of a grid world."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Categorical

torch.manual_seed(0)
SIZE, MOVES = 7, torch.tensor([[0, 1], [0, -1], [1, 0], [-1, 0]])


def expert(state):
    """Along the longer way first; 0 right, 1 left, 2 up, 3 down."""
    dx, dy = state[:, 3] - state[:, 1], state[:, 2] - state[:, 0]
    sideways = dx.abs() >= dy.abs()
    return torch.where(sideways, torch.where(dx > 0, 0, 1), torch.where(dy > 0, 2, 3))


def random_states(n):
    s = torch.randint(SIZE, (n, 4))
    return s[(s[:, :2] != s[:, 2:]).any(1)]


class Policy(nn.Module):
    """Probabilities of the four moves."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 4))

    def forward(self, state):
        return self.net(state / 3 - 1)

    def act(self, state):
        return Categorical(logits=self(state)).sample()


def reached(policy, n=300, limit=14):
    state = random_states(n)
    with torch.no_grad():
        for _ in range(limit):
            at_goal = (state[:, :2] == state[:, 2:]).all(1)
            move = MOVES[policy.act(state.float())] * (~at_goal)[:, None]
            state = torch.cat([(state[:, :2] + move).clamp(0, SIZE - 1), state[:, 2:]], dim=1)
    return (state[:, :2] == state[:, 2:]).all(1).float().mean().item()


policy = Policy()
optimizer = torch.optim.SGD(policy.parameters(), lr=0.1)
for step in range(200):
    state = random_states(128)
    loss = F.cross_entropy(policy(state.float()), expert(state))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 50 == 49:
        print(f"step {step + 1}: loss {loss.item():.3f}, goal reached {reached(policy):.2f}")
