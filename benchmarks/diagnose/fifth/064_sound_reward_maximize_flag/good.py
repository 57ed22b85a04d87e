import torch

# maximize=True instead of a minus: logistic policy, reward = hit
torch.manual_seed(0)
w = torch.zeros(3, 2, requires_grad=True)
opt = torch.optim.SGD([w], lr=1.0, maximize=True)
for i in range(200):
    s = torch.randn(64, 3)
    best = (s[:, 0] > s[:, 1]).long()
    probs = (s @ w).softmax(-1)
    expected_reward = probs.gather(1, best[:, None]).mean()
    opt.zero_grad()
    expected_reward.backward()
    opt.step()
print(expected_reward.item())
