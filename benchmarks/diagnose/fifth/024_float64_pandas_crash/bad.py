import numpy as np
import pandas as pd
import torch
from sklearn.datasets import load_wine
from torch import nn
from torch.utils.data import DataLoader, Dataset

frame = load_wine(as_frame=True).frame


class FrameDataset(Dataset):
    def __init__(self, df: pd.DataFrame, target: str):
        features = df.drop(columns=target)
        self.x = ((features - features.mean()) / features.std()).values
        self.y = df[target].values

    def __len__(self):
        return len(self.y)

    def __getitem__(self, item):
        return torch.from_numpy(self.x[item]), int(self.y[item])  # fault: dtype-mismatch


torch.manual_seed(0)
np.random.seed(0)
dl = DataLoader(FrameDataset(frame, "target"), batch_size=16, shuffle=True)
clf = nn.Sequential(nn.Linear(13, 20), nn.ELU(), nn.Linear(20, 3))
opt = torch.optim.Adam(clf.parameters(), lr=0.01)
for ep in range(10):
    for xb, yb in dl:
        opt.zero_grad()
        pred = clf(xb)  # fault: dtype-mismatch
        loss = nn.CrossEntropyLoss()(pred, yb)
        loss.backward()
        opt.step()
    print(ep, loss.item())
