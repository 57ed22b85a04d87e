"""Mean teacher: a copy follows the student as a moving average, and labels unlabelled data."""
import copy

import torch
import torch.nn.functional as F
from halfmoons import labelled_and_not
from torch import nn

torch.manual_seed(0)
few_x, few_y, many_x, test_x, test_y = labelled_and_not()


class MeanTeacher:
    def __init__(self, student, decay=0.98):
        self.student, self.decay = student, decay
        self.teacher = copy.deepcopy(student).requires_grad_(False)

    @torch.no_grad()
    def follow(self):
        for slow, fast in zip(self.teacher.parameters(), self.student.parameters()):
            slow.lerp_(fast, 1 - self.decay)

    def consistency(self, x):
        with torch.no_grad():
            wanted = self.teacher(x + 0.05 * torch.randn_like(x)).softmax(1)
        return F.mse_loss(self.student(x + 0.05 * torch.randn_like(x)).softmax(1), wanted)


student = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
pair = MeanTeacher(student)
optimizer = torch.optim.Adam(student.parameters(), lr=3e-3)
for step in range(200):
    batch = many_x[torch.randint(len(many_x), (64,))]
    loss = F.cross_entropy(student(few_x), few_y) + min(1.0, step / 100) * pair.consistency(batch)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    pair.follow()
    if step % 50 == 49:
        with torch.no_grad():
            right = (pair.teacher(test_x).argmax(1) == test_y).float().mean().item()
        print(f"step {step + 1}: loss {loss.item():.3f}, the teacher is right on {right:.3f}")
