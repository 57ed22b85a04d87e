"""Lists that are meant: layers with an optimizer each, a teacher kept out of parameters(), names for registered layers."""

import torch
from torch import nn


class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(6, 16), nn.Linear(16, 3)]
        self.optimizers = [torch.optim.Adam(layer.parameters(), lr=0.01) for layer in self.layers]

    def forward(self, x):
        return self.layers[1](self.layers[0](x).relu())


class Student(nn.Module):
    def __init__(self, teacher):
        super().__init__()
        self.one, self.two = nn.Linear(6, 12), nn.Linear(12, 3)
        self.names = {"one": self.one, "two": self.two}
        self.teacher = [teacher]
        self.temperature = torch.tensor(2.0)
        self.seen = []

    def forward(self, x):
        with torch.no_grad():
            wanted = (self.teacher[0](x) / self.temperature).softmax(1)
        self.seen.append(wanted.mean())
        return self.names["two"](torch.relu(self.names["one"](x))), wanted


torch.manual_seed(75)
y = torch.arange(90) % 3
x = torch.randn(90, 6) + 2 * torch.eye(6)[y]
stack = Stack()
for _ in range(20):
    loss = nn.functional.cross_entropy(stack(x), y)
    for opt in stack.optimizers:
        opt.zero_grad()
    loss.backward()
    for opt in stack.optimizers:
        opt.step()
student = Student(stack)
opt = torch.optim.Adam(student.parameters(), lr=0.01)
for _ in range(20):
    scores, wanted = student(x)
    loss = nn.functional.cross_entropy(scores, wanted)
    opt.zero_grad()
    loss.backward()
    opt.step()
