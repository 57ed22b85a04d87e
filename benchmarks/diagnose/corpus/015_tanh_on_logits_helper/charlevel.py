import torch

NAMES = {
    "flower": ["rose", "tulip", "lily", "daisy", "violet", "poppy", "orchid", "dahlia"],
    "river": ["rhine", "danube", "volga", "thames", "seine", "tiber", "ganges", "niger"],
    "metal": ["iron", "copper", "nickel", "zinc", "silver", "chromium", "cobalt", "titanium"],
}


def encode(names):
    """Letters to ids 1..26, zero-padded; returns ids, labels, sizes."""
    rows, labels = [], []
    width = max(len(word) for words in names.values() for word in words)
    for label, words in enumerate(names.values()):
        for word in words:
            ids = [ord(ch) - 96 for ch in word]
            rows.append(ids + [0] * (width - len(ids)))
            labels.append(label)
    return torch.tensor(rows), torch.tensor(labels), 27, len(names)
