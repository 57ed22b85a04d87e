import torch
from sklearn.datasets import load_wine
from torch import nn

torch.manual_seed(0)
wine = load_wine()
feats = torch.tensor(wine.data, dtype=torch.float32)
feats = (feats - feats.mean(0)) / feats.std(0)
labels = torch.tensor(wine.target)
perm = torch.randperm(len(labels))
train_idx, test_idx = perm[:140], perm[140:]


def build(width):
    return nn.Sequential(nn.Linear(13, width), nn.Tanh(), nn.Linear(width, 3))


classifier = build(20)
objective = nn.CrossEntropyLoss()
sgd = torch.optim.SGD(classifier.parameters(), lr=0.02, momentum=0.9)

for epoch in range(60):
    for idx in train_idx[torch.randperm(len(train_idx))].split(20):
        scores = classifier(feats[idx])
        probs = torch.softmax(scores, dim=-1)  # fault: softmax-before-cross-entropy
        loss = objective(probs, labels[idx])  # fault: softmax-before-cross-entropy
        sgd.zero_grad()
        loss.backward()
        sgd.step()
    if epoch % 15 == 14:
        with torch.no_grad():
            hit = (classifier(feats[test_idx]).softmax(-1).argmax(-1) == labels[test_idx]).float().mean()
        print(f"epoch {epoch + 1}: loss {loss.item():.3f} held-out {hit:.2f}")
