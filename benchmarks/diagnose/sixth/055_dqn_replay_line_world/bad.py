"""DQN with a replay memory and a target network; the world is a line, the goal its right end."""
import random
from collections import deque

import numpy as np
import torch
import torch.nn as nn

random.seed(0)
np.random.seed(0)
torch.manual_seed(0)
LENGTH, GAMMA, BATCH = 8, 0.9, 32


def observe(position):
    return np.array([position / LENGTH, 1 - position / LENGTH])  # fault: dtype-mismatch


def move(position, action):
    position = min(max(position + (1 if action else -1), 0), LENGTH)
    return position, (1.0 if position == LENGTH else -0.01), position == LENGTH


def make_net():
    return nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2))


def sample(memory):
    states, actions, rewards, following, ends = zip(*random.sample(memory, BATCH))
    return (
        torch.from_numpy(np.stack(states)),  # fault: dtype-mismatch
        torch.tensor(actions),
        torch.from_numpy(np.array(rewards, dtype=np.float32)),
        torch.from_numpy(np.stack(following)),  # fault: dtype-mismatch
        torch.tensor(ends),
    )


q, target_q = make_net(), make_net()
target_q.load_state_dict(q.state_dict())
optimizer = torch.optim.Adam(q.parameters(), lr=5e-3)
memory, position, goals = deque(maxlen=2000), 0, 0
for step in range(600):
    if random.random() < max(0.1, 1 - step / 300):
        action = random.randrange(2)
    else:
        action = q(torch.from_numpy(observe(position))).argmax().item()  # fault: dtype-mismatch
    after, reward, end = move(position, action)
    memory.append((observe(position), action, reward, observe(after), end))
    position, goals = (0 if end else after), goals + end
    if len(memory) >= 100 and step % 3 == 0:
        s, a, r, s2, ended = sample(memory)
        with torch.no_grad():
            wanted = r + GAMMA * target_q(s2).amax(1) * (~ended)
        loss = nn.functional.mse_loss(q(s).gather(1, a[:, None]).squeeze(1), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if step % 50 == 0:
        target_q.load_state_dict(q.state_dict())
    if step % 150 == 149:
        print(f"step {step + 1}: goals so far {goals}")
