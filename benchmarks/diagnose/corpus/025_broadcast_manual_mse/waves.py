import torch


def sample_wave(n):
    t = 4 * torch.rand(n, 1) - 2
    return t, torch.cos(2 * t).squeeze(1) + 0.02 * torch.randn(n)
