import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

bc = load_breast_cancer()
n_samples, n_features = bc.data.shape
X_train, X_test, y_train, y_test = train_test_split(bc.data, bc.target, test_size=0.2, random_state=1234)
sc = StandardScaler()
X_train = torch.from_numpy(sc.fit_transform(X_train).astype("float32"))
X_test = torch.from_numpy(sc.transform(X_test).astype("float32"))
y_train = torch.from_numpy(y_train.astype("float32")).view(-1, 1)
y_test = torch.from_numpy(y_test.astype("float32")).view(-1, 1)


class Model(nn.Module):
    def __init__(self, n_input_features):
        super().__init__()
        self.l1 = nn.Linear(n_input_features, 10)
        self.l2 = nn.Linear(10, 1)

    def forward(self, x):
        h = torch.relu(self.l1(x))
        y_pred = torch.sigmoid(self.l2(h))  # fault: sigmoid-before-bce-logits
        return y_pred


model = Model(n_features)
num_epochs = 150
criterion = nn.BCEWithLogitsLoss()  # fault: sigmoid-before-bce-logits
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

for epoch in range(num_epochs):
    y_pred = model(X_train)
    loss = criterion(y_pred, y_train)  # fault: sigmoid-before-bce-logits
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    if (epoch + 1) % 30 == 0:
        print(f"epoch: {epoch + 1}, loss = {loss.item():.4f}")

with torch.no_grad():
    y_cls = model(X_test).round()
    print(f"accuracy: {(y_cls == y_test).float().mean().item():.4f}")
