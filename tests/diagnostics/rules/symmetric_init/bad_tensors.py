"""Plain tensors, all of one value; a logistic regression may start like that, a hidden layer may not."""

import torch

torch.manual_seed(11)
x = torch.randn(200, 2)
y = (x[:, 0] > x[:, 1]).float()
first = torch.full((2, 8), 0.1, requires_grad=True)  # finds: symmetric-init
shift = torch.zeros(8, requires_grad=True)
second = torch.randn(8).mul_(0.3).requires_grad_()
alone = torch.zeros(2, 1, requires_grad=True)
for _ in range(60):
    scores = torch.sigmoid(x @ first + shift) @ second.unsqueeze(1) + x @ alone
    loss = torch.nn.functional.binary_cross_entropy_with_logits(scores.squeeze(1), y)
    loss.backward()
    with torch.no_grad():
        for weight in (first, shift, second, alone):
            weight -= 0.3 * weight.grad
            weight.grad = None
