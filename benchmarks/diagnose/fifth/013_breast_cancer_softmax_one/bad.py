import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

data = load_breast_cancer()
X_train, X_test, y_train, y_test = train_test_split(data.data, data.target, random_state=42)
scaler = StandardScaler().fit(X_train)
X_train = torch.FloatTensor(scaler.transform(X_train))
X_test = torch.FloatTensor(scaler.transform(X_test))
y_train = torch.FloatTensor(y_train).reshape(-1, 1)
y_test = torch.FloatTensor(y_test).reshape(-1, 1)


class LogisticNet(torch.nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.hidden = torch.nn.Linear(n_in, n_hidden)
        self.output = torch.nn.Linear(n_hidden, 1)
        self.prob = torch.nn.Softmax(dim=1)  # fault: softmax-single-output

    def forward(self, inputs):
        hidden = torch.nn.functional.relu(self.hidden(inputs))
        return self.prob(self.output(hidden))  # fault: softmax-single-output


torch.manual_seed(0)
net = LogisticNet(30, 16)
bce = torch.nn.BCELoss()
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for epoch in range(60):
    opt.zero_grad()
    loss = bce(net(X_train), y_train)
    loss.backward()
    opt.step()
    if epoch % 10 == 9:
        with torch.no_grad():
            print(epoch + 1, loss.item(), ((net(X_test) > 0.5).float() == y_test).float().mean().item())
