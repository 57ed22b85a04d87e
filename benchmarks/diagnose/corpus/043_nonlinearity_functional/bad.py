import torch

torch.manual_seed(30)
n = 500
angle = torch.rand(n) * 12.0
arm = torch.randint(0, 2, (n,))
spiral = torch.stack([angle * torch.cos(angle / 2 + arm * 3.1416), angle * torch.sin(angle / 2 + arm * 3.1416)], dim=1) / 12


def glorot(a, b):
    return torch.nn.init.xavier_uniform_(torch.empty(a, b)).requires_grad_()


p = {"w1": glorot(2, 64), "b1": torch.zeros(64, requires_grad=True), "w2": glorot(64, 64),
     "b2": torch.zeros(64, requires_grad=True), "w3": glorot(64, 2), "b3": torch.zeros(2, requires_grad=True)}


def net(z):
    h = z @ p["w1"] + p["b1"]  # fault: missing-nonlinearity
    h = h @ p["w2"] + p["b2"]  # fault: missing-nonlinearity
    return h @ p["w3"] + p["b3"]  # fault: missing-nonlinearity


opt = torch.optim.Adam(p.values(), lr=0.01)
for it in range(200):
    loss = torch.nn.functional.cross_entropy(net(spiral), arm)
    opt.zero_grad()
    loss.backward()
    opt.step()
print("loss", loss.item(), "acc", (net(spiral).argmax(1) == arm).float().mean().item())
