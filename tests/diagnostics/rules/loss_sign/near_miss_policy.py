"""Policy gradients with the right sign, four ways: before the log, around the sum, in the weight, and of a cost."""

import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(7)
best = torch.randn(4, 3)


def train(loss_of):
    policy = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
    optimizer = torch.optim.Adam(policy.parameters(), lr=0.01)
    for _ in range(15):
        state = torch.randn(32, 4)
        distribution = Categorical(logits=policy(state))
        action = distribution.sample()
        reward = ((state @ best).argmax(1) == action).float()
        loss = loss_of(distribution.log_prob(action), reward)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(reward.mean().item())


def before(log_prob, reward):
    return (-log_prob * reward).mean()


def around(log_prob, reward):
    total = (log_prob * reward).sum()
    return -total / len(reward)


def of_cost(log_prob, reward):
    cost = 1 - reward
    return (log_prob * cost).mean()


def in_weight(log_prob, reward):
    advantage = reward.mean() - reward
    return (log_prob * advantage).mean()


for each in (before, around, of_cost, in_weight):
    train(each)
