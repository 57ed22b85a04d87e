import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(1500, 5)
latent = x[:, 0] + 0.8 * x[:, 1] * x[:, 2]
grade = (latent[:, None] > torch.tensor([-1.0, 0.0, 1.0])).float()
count = torch.poisson(torch.exp(0.4 * x[:, 3] + 0.8)).unsqueeze(1)
loader = DataLoader(TensorDataset(x, grade, count), batch_size=50, shuffle=True)


class Survey(nn.Module):
    """Cumulative logits for the grade, a positive rate for the count."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(5, 48), nn.ReLU(), nn.Linear(48, 24), nn.ReLU())
        self.score = nn.Linear(24, 1, bias=False)
        self.cuts = nn.Parameter(torch.tensor([1.0, 0.0, -1.0]))
        self.rate = nn.Sequential(nn.Linear(24, 1), nn.Softplus())

    def forward(self, x):
        h = self.body(x)
        return self.score(h) + self.cuts, self.rate(h)


model = Survey()
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
poisson = nn.PoissonNLLLoss(log_input=False)
for epoch in range(8):
    for xb, gb, cb in loader:
        logits, rate = model(xb)
        loss = nn.functional.binary_cross_entropy_with_logits(logits, gb) + 0.5 * poisson(rate, cb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        hit = ((model(x)[0] > 0).sum(1) == grade.sum(1)).float().mean()
    print(epoch, loss.item(), "grade exactly right", hit.item())
