import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
digits = load_digits()
x_train, x_test, y_train, y_test = train_test_split(digits.data / 16.0, digits.target, test_size=0.3, random_state=0)
train_set = TensorDataset(torch.tensor(x_train).float(), torch.tensor(y_train))
test_set = TensorDataset(torch.tensor(x_test).float(), torch.tensor(y_test))
train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
test_loader = DataLoader(test_set, batch_size=64)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 100)
        self.fc2 = nn.Linear(100, 10)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x):
        x = self.dropout(F.relu(self.fc1(x)))
        return self.fc2(x)


model = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(5):
    model.train()
    for images, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
    test_loss, correct = 0.0, 0
    with torch.no_grad():  # fault: missing-eval-mode
        for images, labels in test_loader:
            output = model(images)  # fault: missing-eval-mode
            test_loss += criterion(output, labels).item()
            correct += (output.argmax(1) == labels).sum().item()
    print(f"epoch {epoch} test loss {test_loss / len(test_loader):.3f} acc {correct / len(test_set):.3f}")
