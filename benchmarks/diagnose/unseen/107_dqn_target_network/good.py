import copy
import random
from collections import deque
import torch
from torch import nn

torch.manual_seed(0)
random.seed(0)
GOAL = (3, 3)


def features(pos):
    v = torch.zeros(16)
    v[pos[0] * 4 + pos[1]] = 1.0
    return v


def move(pos, a):
    dr, dc = [(-1, 0), (1, 0), (0, -1), (0, 1)][a]
    new = (min(3, max(0, pos[0] + dr)), min(3, max(0, pos[1] + dc)))
    return new, (1.0 if new == GOAL else -0.01), new == GOAL


q_net = nn.Sequential(nn.Linear(16, 48), nn.ReLU(), nn.Linear(48, 4))
target_net = copy.deepcopy(q_net)
optimizer = torch.optim.Adam(q_net.parameters(), lr=3e-3)
memory = deque(maxlen=2000)
steps, eps, lengths = 0, 1.0, []
for episode in range(40):
    pos, done, n = (0, 0), False, 0
    while not done and n < 40:
        if random.random() < eps:
            a = random.randrange(4)
        else:
            with torch.no_grad():
                a = q_net(features(pos)).argmax().item()
        new, r, done = move(pos, a)
        memory.append((features(pos), a, r, features(new), float(done)))
        pos, n, steps = new, n + 1, steps + 1
        if len(memory) >= 64:
            s, act, rew, s2, d = zip(*random.sample(memory, 32))
            s, s2 = torch.stack(s), torch.stack(s2)
            act, rew, d = torch.tensor(act), torch.tensor(rew), torch.tensor(d)
            q = q_net(s).gather(1, act.unsqueeze(1)).squeeze(1)
            with torch.no_grad():
                goal = rew + 0.95 * (1 - d) * target_net(s2).max(1).values
            loss = nn.functional.smooth_l1_loss(q, goal)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if steps % 50 == 0:
            target_net.load_state_dict(q_net.state_dict())
    eps = max(0.05, eps * 0.9)
    lengths.append(n)
print("steps to the goal, first and last ten episodes:", sum(lengths[:10]) / 10, sum(lengths[-10:]) / 10)
