"""Actor and critic: the actor's loss goes through the critic, which has an optimizer of its own."""

import copy

import torch
from torch import nn

torch.manual_seed(66)
actor = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1), nn.Tanh())
critic = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
aim = copy.deepcopy(critic)
of_actor = torch.optim.Adam(actor.parameters(), lr=1e-3)
of_critic = torch.optim.Adam(critic.parameters(), lr=1e-3)
for step in range(40):
    state, after = torch.randn(32, 3), torch.randn(32, 3)
    action = actor(state).detach() + 0.1 * torch.randn(32, 1)
    reward = -((action - state[:, :1].tanh()) ** 2)
    with torch.no_grad():
        wanted = reward + 0.5 * aim(torch.cat([after, actor(after)], 1))
    of_critic.zero_grad()
    nn.functional.mse_loss(critic(torch.cat([state, action], 1)), wanted).backward()
    of_critic.step()
    if step % 2:
        of_actor.zero_grad()
        (-critic(torch.cat([state, actor(state)], 1)).mean()).backward()
        of_actor.step()
    for slow, fast in zip(aim.parameters(), critic.parameters()):
        slow.data.mul_(0.99).add_(0.01 * fast.data)
