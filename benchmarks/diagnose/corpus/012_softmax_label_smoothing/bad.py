from collections import OrderedDict

import torch
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale

torch.manual_seed(13)
bunch = load_wine()
features = torch.as_tensor(scale(bunch.data), dtype=torch.float)
classes = torch.as_tensor(bunch.target)

layers = OrderedDict()
layers["hidden"] = torch.nn.Linear(13, 24)
layers["act"] = torch.nn.GELU()
layers["norm"] = torch.nn.LayerNorm(24)
layers["output"] = torch.nn.Linear(24, 3)
layers["probabilities"] = torch.nn.Softmax(-1)  # fault: softmax-before-cross-entropy
classifier = torch.nn.Sequential(layers)

objective = torch.nn.CrossEntropyLoss(label_smoothing=0.05)
adam = torch.optim.AdamW(classifier.parameters(), lr=3e-3)
for epoch in range(60):
    value = objective(classifier(features), classes)
    adam.zero_grad()
    value.backward()
    adam.step()
    if (epoch + 1) % 15 == 0:
        hits = classifier(features).argmax(-1).eq(classes).float().mean()
        print(f"{epoch + 1:3d} objective={value.item():.3f} accuracy={hits.item():.3f}")
