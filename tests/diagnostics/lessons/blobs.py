"""Four clouds of points, a network without a hidden nonlinearity where none is needed: one layer; and one with."""

import torch
from sklearn.datasets import make_blobs
from sklearn.model_selection import train_test_split
from torch import nn

points, labels = make_blobs(n_samples=400, n_features=2, centers=4, cluster_std=1.5, random_state=42)
X, y = torch.from_numpy(points).type(torch.float), torch.from_numpy(labels).type(torch.LongTensor)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)
torch.manual_seed(42)


class BlobModel(nn.Module):
    def __init__(self, input_features, output_features, hidden_units=8):
        super().__init__()
        self.linear_layer_stack = nn.Sequential(
            nn.Linear(input_features, hidden_units),
            nn.ReLU(),
            nn.Linear(hidden_units, hidden_units),
            nn.ReLU(),
            nn.Linear(hidden_units, output_features),
        )

    def forward(self, x):
        return self.linear_layer_stack(x)


model = BlobModel(2, 4)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(100):
    model.train()
    y_logits = model(X_train)
    loss = loss_fn(y_logits, y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model.eval()
    with torch.inference_mode():
        test_logits = model(X_test)
        test_pred = torch.softmax(test_logits, dim=1).argmax(dim=1)
        if epoch % 10 == 0:
            print(epoch, loss_fn(test_logits, y_test).item(), (test_pred == y_test).float().mean().item())
