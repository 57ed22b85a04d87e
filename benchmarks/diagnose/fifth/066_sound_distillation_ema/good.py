import copy
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

d = load_digits()
x, y = torch.tensor(d.data / 16, dtype=torch.float32), torch.tensor(d.target)
torch.manual_seed(0)
teacher = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
student = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))


def fit(net, loss_fn, epochs, lr, average=None):
    opt = torch.optim.AdamW(net.parameters(), lr=lr)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=lr, epochs=epochs, steps_per_epoch=18)
    for _ in range(epochs):
        net.train()
        for idx in torch.randperm(1700).split(100)[:17] + (torch.arange(1700, 1797),):
            loss = loss_fn(net(x[idx]), idx)
            opt.zero_grad()
            loss.backward()
            opt.step()
            sched.step()
            if average is not None:
                average.update_parameters(net)
    return loss.item()


print("teacher", fit(teacher, lambda s, i: F.cross_entropy(s, y[i]), 4, 5e-3))
teacher.eval().requires_grad_(False)


def distil(s, i, T=2.0):
    soft = F.kl_div(F.log_softmax(s / T, 1), F.softmax(teacher(x[i]) / T, 1), reduction="batchmean") * T * T
    return 0.7 * soft + 0.3 * F.cross_entropy(s, y[i])


ema = AveragedModel(student, multi_avg_fn=get_ema_multi_avg_fn(0.95))
print("student", fit(student, distil, 4, 1e-2, ema))
ema.eval()
print((ema(x).argmax(1) == y).float().mean().item())
