import torch
from sklearn.datasets import load_wine
from torch import nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap

X, y = load_wine(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0)).float()
y = torch.tensor(y)
torch.manual_seed(0)
nets = [nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3)) for _ in range(5)]
params, buffers = stack_module_state(nets)
skeleton = nets[0]


def loss_of(p, x, t):
    return nn.functional.cross_entropy(functional_call(skeleton, p, (x,)), t)


step = vmap(grad_and_value(loss_of), in_dims=(0, None, None))
for it in range(100):
    grads, losses = step(params, X, y)
    params = {k: v.detach() - 0.2 * grads[k] for k, v in params.items()}
print(losses.tolist())
