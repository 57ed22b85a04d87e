"""Two half moons, of which only a few points have labels."""
import torch
from sklearn.datasets import make_moons


def labelled_and_not(few=16, seed=0):
    x, y = make_moons(1200, noise=0.1, random_state=seed)
    x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
    return x[:few], y[:few], x[few:800], x[800:], y[800:]
