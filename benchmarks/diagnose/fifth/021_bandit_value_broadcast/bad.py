"""Fitted Q evaluation on a chain: rewards + discounted values of the next state."""
import torch
from torch import nn

GAMMA, STATES = 0.8, 8
torch.manual_seed(0)


def transitions(n):
    s = torch.randint(0, STATES, (n,))
    a = torch.randint(0, 2, (n,))
    s2 = (s + 2 * a - 1).clamp(0, STATES - 1)
    r = (s2 == STATES - 1).float()
    return s, a, r, s2


def one_hot(s):
    return nn.functional.one_hot(s, STATES).float()


q = nn.Sequential(nn.Linear(STATES, 32), nn.ReLU(), nn.Linear(32, 2))
target_q = nn.Sequential(nn.Linear(STATES, 32), nn.ReLU(), nn.Linear(32, 2))
target_q.load_state_dict(q.state_dict())
optimizer = torch.optim.Adam(q.parameters(), lr=3e-3)
s, a, r, s2 = transitions(2000)
for it in range(250):
    i = torch.randint(0, 2000, (64,))
    q_sa = q(one_hot(s[i])).gather(1, a[i].unsqueeze(1))
    with torch.no_grad():
        y = r[i] + GAMMA * target_q(one_hot(s2[i])).max(1).values
    loss = nn.functional.mse_loss(q_sa, y)  # fault: loss-broadcast
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if it % 50 == 49:
        target_q.load_state_dict(q.state_dict())
        print(it, loss.item())
print(q(one_hot(torch.arange(STATES))).argmax(1).tolist())
