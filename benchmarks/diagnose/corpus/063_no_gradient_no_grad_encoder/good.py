"""Word order task: the encoder is wrapped in no_grad by mistake (copied from the evaluation code)."""
import torch
from torch import nn

torch.manual_seed(29)
words = torch.randint(0, 30, (600, 5))
label = (words[:, 0] % 3)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(30, 10)
        self.conv = nn.Conv1d(10, 16, 3)

    def forward(self, w):
        return torch.relu(self.conv(self.emb(w).transpose(1, 2))).flatten(1)


encoder = Encoder()
classifier = nn.Linear(16 * 3, 3)
optimizer = torch.optim.Adam([{"params": encoder.parameters()}, {"params": classifier.parameters(), "lr": 5e-3}], lr=1e-2)
for epoch in range(8):
    for k in range(0, 600, 40):
        batch, goal = words[k:k + 40], label[k:k + 40]
        feats = encoder(batch)
        loss = nn.functional.cross_entropy(classifier(feats), goal)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print("epoch", epoch, "loss", loss.item())
