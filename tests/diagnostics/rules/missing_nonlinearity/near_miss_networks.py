"""A projector that ends in batch norm and a predictor after it; a transposed convolution that joins a skip."""

import torch
from torch import nn


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.deep = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)
        self.up, self.join = nn.ConvTranspose2d(8, 4, 2, 2), nn.Conv2d(8, 1, 3, padding=1)

    def forward(self, x):
        fine = torch.relu(self.down(x))
        coarse = torch.relu(nn.functional.max_pool2d(self.deep(fine), 2))
        return self.join(torch.cat([self.up(coarse), fine], dim=1))


torch.manual_seed(53)
images, x = torch.rand(24, 1, 8, 8), torch.randn(128, 12)
small = Small()
project = nn.Sequential(nn.Linear(12, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 16), nn.BatchNorm1d(16))
predict = nn.Sequential(nn.Linear(16, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 16))
opt = torch.optim.Adam([*small.parameters(), *project.parameters(), *predict.parameters()], lr=0.005)
for _ in range(30):
    one, other = (project(x + 0.1 * torch.randn(128, 12)) for _ in range(2))
    alike = -torch.cosine_similarity(predict(one), other.detach(), dim=1).mean()
    loss = alike + nn.functional.mse_loss(small(images), images)
    opt.zero_grad()
    loss.backward()
    opt.step()
