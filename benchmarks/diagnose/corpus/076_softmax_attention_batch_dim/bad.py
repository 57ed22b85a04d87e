import torch
from torch import nn

torch.manual_seed(60)
# copy the value whose key matches the query
keys = torch.nn.functional.normalize(torch.randn(400, 6, 8), dim=-1)
values = torch.randn(400, 6)
chosen = torch.randint(0, 6, (400,))
queries = keys[torch.arange(400), chosen] + 0.1 * torch.randn(400, 8)
wanted = values[torch.arange(400), chosen]


class Attend(nn.Module):
    def __init__(self):
        super().__init__()
        self.wq = nn.Linear(8, 16)
        self.wk = nn.Linear(8, 16)

    def forward(self, q, k, v):
        scores = torch.einsum("bd,bsd->bs", self.wq(q), self.wk(k))
        weights = torch.softmax(scores, dim=0)  # fault: softmax-wrong-dim
        return (weights * v).sum(dim=1)


attend = Attend()
opt = torch.optim.Adam(attend.parameters(), lr=0.02)
for epoch in range(12):
    for b in torch.randperm(400).split(40):
        loss = nn.functional.mse_loss(attend(queries[b], keys[b], values[b]), wanted[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print("epoch", epoch, "mse", loss.item())
