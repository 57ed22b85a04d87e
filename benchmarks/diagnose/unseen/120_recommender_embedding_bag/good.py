import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)


class Baskets(Dataset):
    def __init__(self, n=2000):
        g = torch.Generator().manual_seed(1)
        self.rows = []
        for _ in range(n):
            taste = int(torch.randint(0, 5, (1,), generator=g))
            size = int(torch.randint(2, 7, (1,), generator=g))
            items = taste * 10 + torch.randint(0, 10, (size,), generator=g)
            nxt = taste * 10 + int(torch.randint(0, 10, (1,), generator=g))
            self.rows.append((items, nxt))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i]


def collate(rows):
    items = torch.cat([r[0] for r in rows])
    offsets = torch.tensor([0] + [len(r[0]) for r in rows[:-1]]).cumsum(0)
    return {"items": items, "offsets": offsets, "next": torch.tensor([r[1] for r in rows])}


class Recommender(nn.Module):
    def __init__(self, n_items=50, dim=16):
        super().__init__()
        self.bag = nn.EmbeddingBag(n_items, dim, mode="mean")
        self.items = nn.Embedding(n_items, dim)

    def forward(self, b):
        return self.bag(b["items"], b["offsets"]) @ self.items.weight.T


model = Recommender()
opt = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(4):
    top10 = 0
    for b in DataLoader(Baskets(), batch_size=64, shuffle=True, collate_fn=collate):
        scores = model(b)
        loss = nn.functional.cross_entropy(scores, b["next"])
        opt.zero_grad()
        loss.backward()
        opt.step()
        top10 += (scores.topk(10, 1).indices == b["next"][:, None]).any(1).sum().item()
    print(epoch, loss.item(), "in the first ten", top10 / 2000)
