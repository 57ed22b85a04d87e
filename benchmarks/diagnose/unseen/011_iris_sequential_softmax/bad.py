from sklearn import datasets
from sklearn.model_selection import train_test_split
import torch
import torch.nn as nn

torch.manual_seed(42)
iris = datasets.load_iris()
x_train, x_test, y_train, y_test = train_test_split(iris.data, iris.target, test_size=0.3, random_state=42)
mean, std = x_train.mean(axis=0), x_train.std(axis=0)
x_train = torch.FloatTensor((x_train - mean) / std)
x_test = torch.FloatTensor((x_test - mean) / std)
y_train = torch.LongTensor(y_train)
y_test = torch.LongTensor(y_test)

model = nn.Sequential(
    nn.Linear(4, 16),
    nn.ReLU(),
    nn.Linear(16, 3),
    nn.Softmax(dim=1),  # fault: softmax-before-cross-entropy
)

criterion = nn.CrossEntropyLoss()  # fault: softmax-before-cross-entropy
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
losses = []
for epoch in range(200):
    optimizer.zero_grad()
    y_hat = model(x_train)
    loss = criterion(y_hat, y_train)  # fault: softmax-before-cross-entropy
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    if (epoch + 1) % 50 == 0:
        print(f"Epoch [{epoch + 1}/200], Loss: {loss.item():.4f}")

with torch.no_grad():
    correct = (model(x_test).argmax(dim=1) == y_test).sum().item()
print("test accuracy:", correct / len(y_test))
