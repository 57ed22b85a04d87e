import torch
import torch.nn.functional as F


class CharMLP(torch.nn.Module):
    """Next character from three characters before."""

    def __init__(self, n_chars, emb=10, hidden=64, context=3):
        super().__init__()
        self.emb = torch.nn.Embedding(n_chars, emb)
        self.lin1 = torch.nn.Linear(emb * context, hidden)
        self.lin2 = torch.nn.Linear(hidden, n_chars)

    def forward(self, ids):
        e = self.emb(ids).flatten(1)
        return self.lin2(torch.tanh(self.lin1(e)))


names = "anna emma olivia ava isabella sophia mia charlotte amelia harper lina mila nora ella lucas noah liam".split()
chars = "." + "".join(sorted(set("".join(names))))
stoi = {c: i for i, c in enumerate(chars)}
X, Y = [], []
for name in names * 6:
    context = [0] * 3
    for ch in name + ".":
        X.append(context)
        Y.append(stoi[ch])
        context = context[1:] + [stoi[ch]]
X, Y = torch.tensor(X), torch.tensor(Y)
torch.manual_seed(0)
model = CharMLP(len(chars))
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
for step in range(250):
    ix = torch.randint(0, len(X), (32,))
    logits = model(X[ix])
    loss = F.cross_entropy(logits, Y[ix])
    loss.backward()  # fault: zero-grad-before-step
    optimizer.zero_grad(set_to_none=True)  # fault: zero-grad-before-step
    optimizer.step()  # fault: zero-grad-before-step
    if step % 50 == 0:
        print(step, loss.item())
