import torch
import torch.nn.functional as F
from sklearn.datasets import make_classification

x, y = make_classification(500, 8, random_state=1)
x = torch.as_tensor(x, dtype=torch.float32)
y = torch.as_tensor(y)  # fault: dtype-mismatch
torch.manual_seed(0)
w1 = torch.nn.Linear(8, 16); w2 = torch.nn.Linear(16, 1)
f = lambda z: w2(F.gelu(w1(z)))[:, 0]
opt = torch.optim.Adam(list(w1.parameters()) + list(w2.parameters()), lr=1e-2)
for _ in range(100):
    loss = F.binary_cross_entropy_with_logits(f(x), y)  # fault: dtype-mismatch
    opt.zero_grad(); loss.backward(); opt.step()
print(loss.item(), ((f(x) > 0).float() == y).float().mean())
