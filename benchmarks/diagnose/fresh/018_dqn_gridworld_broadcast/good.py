"""DQN on a line of ten fields, goal on the right."""
import random
from collections import deque

import torch
import torch.nn as nn
import torch.nn.functional as F

N, GAMMA, BATCH = 10, 0.9, 32


class QNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(N, 32)
        self.fc2 = nn.Linear(32, 2)

    def forward(self, s):
        return self.fc2(F.relu(self.fc1(s)))


def one_hot(s):
    return F.one_hot(torch.tensor(s), N).float()


class Agent:
    def __init__(self):
        self.q, self.target = QNet(), QNet()
        self.target.load_state_dict(self.q.state_dict())
        self.memory = deque(maxlen=1000)
        self.opt = torch.optim.Adam(self.q.parameters(), lr=2e-3)

    def act(self, s, eps):
        if random.random() < eps:
            return random.randrange(2)
        with torch.no_grad():
            return self.q(one_hot(s)).argmax().item()

    def learn(self):
        s, a, r, s2, done = zip(*random.sample(self.memory, BATCH))
        states = torch.stack([one_hot(i) for i in s])
        next_states = torch.stack([one_hot(i) for i in s2])
        actions = torch.tensor(a)
        rewards = torch.tensor(r)
        dones = torch.tensor(done, dtype=torch.float)
        q_values = self.q(states).gather(1, actions.unsqueeze(1))
        with torch.no_grad():
            max_next = self.target(next_states).max(1)[0]
        expected = rewards + GAMMA * max_next * (1 - dones)
        loss = F.smooth_l1_loss(q_values, expected.unsqueeze(1))
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        return loss.item()


random.seed(0)
torch.manual_seed(0)
agent = Agent()
for episode in range(40):
    s, loss = 0, None
    for t in range(25):
        a = agent.act(s, max(0.1, 1 - episode / 20))
        s2 = min(N - 1, s + 1) if a == 1 else max(0, s - 1)
        done = s2 == N - 1
        agent.memory.append((s, a, 1.0 if done else -0.01, s2, done))
        s = s2
        if len(agent.memory) >= 100:
            loss = agent.learn()
        if done:
            break
    if episode % 5 == 0:
        agent.target.load_state_dict(agent.q.state_dict())
        print(episode, t + 1, loss)
