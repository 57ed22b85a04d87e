"""Deep Q-learning in a corridor of nine cells; reward at the right end."""
import random
from collections import deque

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
random.seed(0)
LENGTH = 9


def one_hot(cell):
    v = torch.zeros(LENGTH)
    v[cell] = 1
    return v


class Q(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(LENGTH, 32)
        self.l2 = nn.Linear(32, 2)

    def forward(self, s):
        return self.l2(torch.relu(self.l1(s)))


q, target_q = Q(), Q()
target_q.load_state_dict(q.state_dict())
opt = torch.optim.Adam(q.parameters(), lr=5e-3)
memory = deque(maxlen=2000)
cell = 0
for t in range(900):
    if random.random() < max(0.2, 1 - t / 400):
        action = random.randrange(2)
    else:
        with torch.no_grad():
            action = q(one_hot(cell)).argmax().item()
    new = max(0, cell - 1) if action == 0 else cell + 1
    done = new == LENGTH - 1
    memory.append((one_hot(cell), action, 1.0 if done else -0.05, one_hot(new), float(done)))
    cell = 0 if done else new
    if len(memory) >= 64 and t % 2 == 0:
        s, a, r, s2, d = zip(*random.sample(memory, 64))
        s, s2 = torch.stack(s), torch.stack(s2)
        a, r, d = torch.tensor(a), torch.tensor(r), torch.tensor(d)
        with torch.no_grad():
            expected = r + 0.95 * (1 - d) * target_q(s2).max(1).values  # fault: loss-broadcast
        chosen = q(s).gather(1, a.unsqueeze(1))  # fault: loss-broadcast
        loss = F.smooth_l1_loss(chosen, expected)  # fault: loss-broadcast
        opt.zero_grad()
        loss.backward()
        opt.step()
    if t % 50 == 0:
        target_q.load_state_dict(q.state_dict())
with torch.no_grad():
    print("right is better in cells:", [int(q(one_hot(c)).argmax()) for c in range(LENGTH - 1)])
