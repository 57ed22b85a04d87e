"""Dueling double DQN with soft target updates on a random walk."""
import random

import torch
import torch.nn as nn
import torch.nn.functional as F


class Dueling(nn.Module):
    def __init__(self, n_states=8, n_actions=3):
        super().__init__()
        self.trunk = nn.Linear(n_states, 32)
        self.value = nn.Linear(32, 1)
        self.advantage = nn.Linear(32, n_actions)

    def forward(self, s):
        h = F.relu(self.trunk(s))
        a = self.advantage(h)
        return self.value(h) + a - a.mean(dim=1, keepdim=True)


random.seed(1)
torch.manual_seed(12)
online, target = Dueling(), Dueling()
target.load_state_dict(online.state_dict())
target.eval()
opt = torch.optim.Adam(online.parameters(), lr=2e-3)
memory, s = [], 0
for t in range(300):
    with torch.no_grad():
        greedy = online(F.one_hot(torch.tensor([s]), 8).float()).argmax().item()
    a = random.randrange(3) if random.random() < 0.3 else greedy
    s2 = min(7, max(0, s + a - 1))
    memory.append((s, a, float(s2 == 7), s2))
    s = 0 if s2 == 7 else s2
    if len(memory) < 64:
        continue
    S, A, R, S2 = map(torch.tensor, zip(*random.sample(memory, 32)))
    q = online(F.one_hot(S, 8).float()).gather(1, A[:, None]).squeeze(1)
    with torch.no_grad():
        pick = online(F.one_hot(S2, 8).float()).argmax(1, keepdim=True)
        y = R + 0.95 * (1 - R) * target(F.one_hot(S2, 8).float()).gather(1, pick).squeeze(1)
    loss = F.huber_loss(q, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    for p, tp in zip(online.parameters(), target.parameters()):
        tp.data.mul_(0.98).add_(0.02 * p.data)
print(loss.item())
