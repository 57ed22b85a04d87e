"""Which instrument plays? GRU over generated waves."""
import torch
import torch.nn as nn

torch.manual_seed(4)


class InstrumentRNN(nn.Module):
    def __init__(self, input_dim, hidden_dim, output_dim):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.gru = nn.GRU(input_dim, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, output_dim)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        h0 = torch.zeros(1, x.size(0), self.hidden_dim)
        out, _ = self.gru(x, h0)
        return self.sigmoid(self.fc(out[:, -1, :]))  # fault: activation-before-cross-entropy


def waves(n, length=24):
    kind = torch.randint(0, 4, (n,))
    t = torch.arange(length).float()
    phase = torch.rand(n, 1) * 6.28
    freq = 0.3 + 0.25 * kind.unsqueeze(1)
    return (torch.sin(freq * t + phase) + 0.1 * torch.randn(n, length)).unsqueeze(2), kind


model = InstrumentRNN(1, 32, 4)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
x_val, y_val = waves(300)
for it in range(220):
    x, y = waves(64)
    pred = model(x)
    loss = criterion(pred, y)  # fault: activation-before-cross-entropy
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if it % 40 == 0:
        with torch.no_grad():
            print(it, loss.item(), (model(x_val).argmax(1) == y_val).float().mean().item())
