from argparse import ArgumentParser

import torch
from torch import nn, optim
from torch.nn import functional as F


def make_generator(z):
    return nn.Sequential(nn.Linear(z, 24), nn.Tanh(), nn.Linear(24, 1))


def make_discriminator():
    layers = [nn.Linear(1, 24), nn.LeakyReLU(0.1), nn.Linear(24, 24), nn.LeakyReLU(0.1), nn.Linear(24, 1)]
    return nn.Sequential(*layers)


def gan_loss(score, is_real):
    target = torch.full_like(score, 1.0 if is_real else 0.0)
    return F.binary_cross_entropy_with_logits(score, target)


def run(args):
    torch.manual_seed(args.seed)
    gen, dis = make_generator(args.z), make_discriminator()
    og = optim.Adam(gen.parameters(), args.lr, betas=(0.5, 0.9))
    od = optim.Adam(dis.parameters(), args.lr, betas=(0.5, 0.9))
    for step in range(args.steps):
        real = 4 + 0.5 * torch.randn(args.batch, 1)
        fake = gen(torch.randn(args.batch, args.z))
        d_loss = gan_loss(dis(real), True) + gan_loss(dis(fake.detach()), False)
        od.zero_grad()
        d_loss.backward()
        od.step()
        g_loss = gan_loss(dis(fake), True)
        og.zero_grad()
        g_loss.backward()
        og.step()
        if step % 100 == 0:
            print(step, f"D {d_loss:.3f} G {g_loss:.3f} mean {fake.mean():.2f} std {fake.std():.2f}")


parser = ArgumentParser()
parser.add_argument("--steps", type=int, default=500)
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--z", type=int, default=3)
parser.add_argument("--lr", type=float, default=2e-3)
parser.add_argument("--seed", type=int, default=2)
run(parser.parse_args())
