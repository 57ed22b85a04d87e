"""Character-level LSTM with a small callback system of our own."""
import torch
from torch import nn

TEXT = "the quick brown fox jumps over the lazy dog while the cat sleeps in the warm sun . " * 40
CHARS = sorted(set(TEXT))
CODES = torch.tensor([CHARS.index(c) for c in TEXT])


class Callback:
    def on_backward_end(self, trainer):
        pass

    def on_step_end(self, trainer):
        pass


class GradientClipping(Callback):
    def __init__(self, max_norm):
        self.max_norm = max_norm

    def on_backward_end(self, trainer):
        nn.utils.clip_grad_norm_(trainer.model.parameters(), self.max_norm)


class CharLSTM(nn.Module):
    def __init__(self, dim=48):
        super().__init__()
        self.embed = nn.Embedding(len(CHARS), 16)
        self.lstm = nn.LSTM(16, dim, batch_first=True)
        self.out = nn.Linear(dim, len(CHARS))

    def forward(self, x):
        return self.out(self.lstm(self.embed(x))[0])


class Trainer:
    def __init__(self, model, lr, callbacks=()):
        self.model, self.callbacks = model, callbacks
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        self.criterion = nn.CrossEntropyLoss()

    def fire(self, event):
        for callback in self.callbacks:
            getattr(callback, event)(self)

    def step(self, x, y):
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(x).flatten(0, 1), y.flatten())
        loss.backward()
        self.fire("on_backward_end")
        self.optimizer.step()
        self.fire("on_step_end")
        return loss.item()


torch.manual_seed(0)
trainer = Trainer(CharLSTM(), lr=8.0, callbacks=[GradientClipping(0.25)])
for it in range(180):
    starts = torch.randint(len(CODES) - 26, (24,))
    chunk = torch.stack([CODES[s : s + 26] for s in starts])
    loss = trainer.step(chunk[:, :-1], chunk[:, 1:])
    if it % 30 == 29:
        print(it + 1, round(loss, 3))
