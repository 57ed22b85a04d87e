import torch
from torch import nn
from sklearn.datasets import load_digits


class PatchNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Linear(16, 24)
        self.mix = nn.Linear(96, 64)
        self.cls = nn.Linear(64, 10)

    def features(self, img):
        p = img.unfold(1, 4, 4).unfold(2, 4, 4).reshape(len(img), 4, 16)
        p = torch.relu(self.patch(p))
        return torch.relu(self.mix(p.flatten(1)))

    def forward(self, img):
        return self.cls(self.features(img))


torch.manual_seed(0)
d = load_digits()
x, y = torch.tensor(d.images / 16).float(), torch.tensor(d.target)
net = PatchNet()
opt = torch.optim.AdamW(net.parameters(), lr=3e-3)
for epoch in range(5):
    for i in torch.randperm(len(x)).split(64):
        loss = nn.CrossEntropyLoss(label_smoothing=0.05)(net(x[i]), y[i])
        opt.zero_grad(); loss.backward(); opt.step()
    print(epoch, loss.item())
