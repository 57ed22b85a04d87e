"""Shared trunk, one head per task, kept in a dictionary."""
import torch
import torch.nn as nn

torch.manual_seed(3)
inputs = torch.randn(480, 7)
answers = {
    "sum": inputs.sum(1, keepdim=True),
    "norm": inputs.norm(dim=1, keepdim=True),
}


class MultiTask(nn.Module):
    def __init__(self, tasks):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(7, 24), nn.ReLU())
        self.heads = {name: nn.Linear(24, 1) for name in tasks}  # fault: unregistered-submodule

    def forward(self, x):
        shared = self.trunk(x)
        return {name: head(shared) for name, head in self.heads.items()}


def train(model, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    mse = nn.MSELoss()
    for epoch in range(epochs):
        order = torch.randperm(len(inputs))
        for idx in order.split(32):
            outputs = model(inputs[idx])
            loss = sum(mse(outputs[task], answers[task][idx]) for task in answers)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch}: {loss.item():.4f}")


train(MultiTask(answers), 10)
