import numpy as np
import torch
from sklearn.datasets import make_blobs

np.random.seed(0)
torch.manual_seed(0)
X, y = make_blobs(n_samples=1000, n_features=2, centers=4, cluster_std=1.2, random_state=42)
X = torch.from_numpy(((X - X.mean(0)) / X.std(0)).astype(np.float32))
y = torch.from_numpy(y.astype(np.int64))
X_train, y_train, X_test, y_test = X[:800], y[:800], X[800:], y[800:]


class BlobModel(torch.nn.Module):
    def __init__(self, input_features, output_features, hidden_units=8):
        super().__init__()
        self.linear_layer_stack = torch.nn.Sequential(
            torch.nn.Linear(input_features, hidden_units),
            torch.nn.ReLU(),
            torch.nn.Linear(hidden_units, hidden_units),
            torch.nn.ReLU(),
            torch.nn.Linear(hidden_units, output_features),
        )

    def forward(self, x):
        return self.linear_layer_stack(x)


model_4 = BlobModel(2, 4)
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model_4.parameters(), lr=0.1)
for epoch in range(200):
    model_4.train()
    y_out = model_4(X_train)
    loss = loss_fn(y_out, y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model_4.eval()
    with torch.inference_mode():
        test_out = model_4(X_test)
        test_loss = loss_fn(test_out, y_test)
        test_acc = (test_out.argmax(1) == y_test).float().mean()
    if epoch % 40 == 0:
        print(f"Epoch: {epoch} | Loss: {loss:.4f} | Test Loss: {test_loss:.4f}, Test acc: {test_acc:.2%}")
