# tiny regression; the rate was right without momentum, somebody added 0.99
import torch

torch.manual_seed(2)
A = torch.randn(300, 12)
truth = torch.randn(12, 1)
b = A @ truth + 0.1 * torch.randn(300, 1)
net = torch.nn.Linear(12, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
for step in range(100):
    rows = torch.randint(0, 300, (50,))
    loss = (net(A[rows]) - b[rows]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 20 == 0:
        print(step, loss.item())
print("end", loss.item())
