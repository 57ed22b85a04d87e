import torch

g = torch.Generator().manual_seed(9)
N, D, K = 500, 10, 5
proto = torch.randn(K, D, generator=g)
lab = torch.randint(K, (N,), generator=g)
obs = proto[lab] + 0.9 * torch.randn(N, D, generator=g)

torch.manual_seed(9)
W1 = (torch.randn(D, 30) / D ** 0.5).requires_grad_()
b1 = torch.zeros(30, requires_grad=True)
W2 = (torch.randn(30, K) / 30 ** 0.5).requires_grad_()
b2 = torch.zeros(K, requires_grad=True)
params = [W1, b1, W2, b2]


def network(x):
    h = torch.tanh(x @ W1 + b1)
    return h @ W2 + b2


opt = torch.optim.SGD(params, lr=0.3)
for it in range(200):
    pick = torch.randint(N, (64,), generator=g)
    scores = network(obs[pick])
    probs = torch.softmax(scores, dim=-1)  # fault: softmax-before-cross-entropy
    loss = torch.nn.functional.cross_entropy(probs, lab[pick])  # fault: softmax-before-cross-entropy
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 40 == 0:
        print(it, round(loss.item(), 4))
print("acc", (network(obs).argmax(1) == lab).float().mean().item())
