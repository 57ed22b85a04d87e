"""Each repair as text → text, without a run: the line of the finding ends in `# here`, others in `# NAME`.

At the end some with what the rules really say.
"""

# ruff: noqa: E501 - code before and after, each on one line
from __future__ import annotations

import ast
import dataclasses
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.diagnostics.engine import Report
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.repairs import activations, loop, makers, modes, shapes
from workbench.diagnostics.repairs.code import Code, NoRepair
from workbench.diagnostics.repairs.plan import plan
from workbench.diagnostics.rule import rules
from workbench.diagnostics.trace import (
    Crash,
    Elementwise,
    Ended,
    Forward,
    Frame,
    Module,
    Parameter,
    Place,
    Trace,
)

REPAIRS = {
    **activations.REPAIRS,
    **loop.REPAIRS,
    **makers.REPAIRS,
    **modes.REPAIRS,
    **shapes.REPAIRS,
}
NN = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"


def at(text: str, mark: str) -> Place:
    """The line that ends in a mark."""
    lines = text.splitlines()
    return Place("train.py", next(n for n, line in enumerate(lines, 1) if line.endswith(f"# {mark}")))


def mended(rule: str, text: str, **about: Any) -> str:
    """The text after the repair. `trace` and fields of the finding may be given, `related` as {mark: message}."""
    trace = about.pop("trace", lambda _: Trace("train.py", Ended("finished")))(text)
    about.setdefault("hint", "")
    related = tuple(Related(at(text, mark), said) for mark, said in about.pop("related", {}).items())
    finding = Finding(at(text, "here"), "seen", related=related, rule=rule, **about)
    if "after" in (finding.remedy or {}):
        marks = finding.remedy["after"]  # type: ignore[index]
        lines = [dataclasses.asdict(at(text, mark)) for mark in marks]
        finding = dataclasses.replace(finding, remedy={**finding.remedy, "after": lines})  # type: ignore[dict-item]
    code = Code(text, at(text, "here").line, trace=trace)
    return code.edited(REPAIRS[rule](code, finding))


def dedented(text: str) -> str:
    return textwrap.dedent(text).strip("\n") + "\n"


SOFTMAX = {"remedy": {"name": "skip-activation", "call": "softmax"}}
RELU = {"remedy": {"name": "skip-activation", "call": "relu"}}


def one_elementwise(name: str, left: tuple[int, ...], right: tuple[int, ...]) -> Any:
    def trace(text: str) -> Trace:
        seen = Elementwise(name, at(text, "here"), left, right, (4, 4), False, True, 1, 0)
        return Trace("train.py", Ended("finished"), elementwise=(seen,))

    return trace


def crashed(cls: str, settings: dict[str, Any], shape: tuple[int, ...], during: str = "forward") -> Any:
    def trace(text: str) -> Trace:
        layer = Frame("fc", cls, settings, (shape,), ("float32",), at(text, "here"))
        crash = Crash("RuntimeError", "shapes", at(text, "here"), (layer,), during=during)
        return Trace("train.py", Ended("crashed", 1), crash=crash)

    return trace


def forwards(text: str) -> Trace:
    """An evaluation on the marked line, and a training forward on the other, which goes on after it."""
    shared = {"module": 0, "calls": 9, "frozen": (), "input": None, "output": None}
    evaluated = Forward(
        place=at(text, "here"), training=True, grad=False, first_step=5, last_step=95, backward=False, noisy=("0",),
        **shared,  # type: ignore[arg-type]
    )  # fmt: skip
    trained = Forward(
        place=at(text, "train"), training=True, grad=True, first_step=0, last_step=99, backward=True, noisy=("0",),
        **shared,  # type: ignore[arg-type]
    )  # fmt: skip
    return Trace("train.py", Ended("finished"), forwards=(trained, evaluated))


def one_forgotten(text: str) -> Trace:
    """The encoder's weights are in no optimizer."""
    root = Module(0, "", "Encoder", 0, at(text, "made"), None, True, 4, {}, True, 9)
    weight = Parameter(0, "fc.weight", (2, 2), "float32", 0, True, True, True, (), True, False)
    return Trace("train.py", Ended("finished"), modules=(root,), parameters=(weight,))


CASES: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "zero_grad goes above the backward and its comment": (
        "missing-zero-grad",
        """
        for x, y in loader:
            loss = criterion(net(x), y)

            # backward pass
            loss.backward()
            opt.step()  # here
        """,
        """
        for x, y in loader:
            loss = criterion(net(x), y)
            opt.zero_grad()

            # backward pass
            loss.backward()
            opt.step()  # here
        """,
        {},
    ),
    "zero_grad after a step that is not taken in every round": (
        "missing-zero-grad",
        """
        for i, (x, y) in enumerate(loader):
        \tcriterion(net(x), y).backward()
        \tif i % 4 == 3:
        \t\tself.opt.step()  # here
        """,
        """
        for i, (x, y) in enumerate(loader):
        \tcriterion(net(x), y).backward()
        \tif i % 4 == 3:
        \t\tself.opt.step()  # here
        \t\tself.opt.zero_grad()
        """,
        {},
    ),
    "zero_grad before the first of several backward calls": (
        "missing-zero-grad",
        """
        opt_g.step()
        real.backward()
        fake.backward()
        opt_d.step()  # here
        """,
        """
        opt_g.step()
        opt_d.zero_grad()
        real.backward()
        fake.backward()
        opt_d.step()  # here
        """,
        {},
    ),
    "zero_grad in a closure": (
        "missing-zero-grad",
        """
        def closure():
            loss = criterion(net(x), y)
            loss.backward()  # back
            return loss
        opt.step(closure)  # here
        """,
        """
        def closure():
            loss = criterion(net(x), y)
            opt.zero_grad()
            loss.backward()  # back
            return loss
        opt.step(closure)  # here
        """,
        {"related": {"back": "adds to .grad here"}},
    ),
    "zero_grad of the optimizer that a scaler steps": (
        "missing-zero-grad",
        "scaler.scale(loss).backward()\nscaler.step(sgd)  # here\n",
        "sgd.zero_grad()\nscaler.scale(loss).backward()\nscaler.step(sgd)  # here\n",
        {},
    ),
    "gradients dropped after an update by hand": (
        "missing-zero-grad",
        "with torch.no_grad():\n    w -= lr * w.grad  # here\n    b -= lr * b.grad\nprint(w)\n",
        "with torch.no_grad():\n    w -= lr * w.grad  # here\n    b -= lr * b.grad\n"
        "    w.grad = None\n    b.grad = None\nprint(w)\n",
        {},
    ),
    "zero_grad moved before the backward, its comment with it": (
        "zero-grad-before-step",
        "loss.backward()\n# start afresh\nopt.zero_grad()  # here\nopt.step()\n",
        "opt.zero_grad()  # here\nloss.backward()\n# start afresh\nopt.step()\n",
        {},
    ),
    "parentheses for step": (
        "missing-optimizer-step",
        "loss.backward()\nself.optimizer.step  # here\n",
        "loss.backward()\nself.optimizer.step()  # here\n",
        {},
    ),
    "step after the backward and the clipping": (
        "missing-optimizer-step",
        "opt = SGD(net.parameters(), 0.1)  # made\nfor x in data:\n    net(x).backward()  # here\n"
        "    clip_grad_norm_(net.parameters(), 1)\n",
        "opt = SGD(net.parameters(), 0.1)  # made\nfor x in data:\n    net(x).backward()  # here\n"
        "    clip_grad_norm_(net.parameters(), 1)\n    opt.step()\n",
        {"related": {"made": "made here"}},
    ),
    "a softmax at the end of a Sequential": (
        "softmax-before-cross-entropy",
        NN + "net = nn.Sequential(\n    nn.Linear(8, 3),  # scores\n    nn.Softmax(dim=1),  # here\n)\n",
        NN + "net = nn.Sequential(\n    nn.Linear(8, 3),  # scores\n)\n",
        SOFTMAX,
    ),
    "a softmax that closes its line": (
        "softmax-before-cross-entropy",
        NN + "net = nn.Sequential(nn.Linear(8, 3), nn.Softmax(1))  # here\n",
        NN + "net = nn.Sequential(nn.Linear(8, 3))  # here\n",
        SOFTMAX,
    ),
    "a softmax with a name in a Sequential": (
        "softmax-before-cross-entropy",
        NN + 'net = nn.Sequential(OrderedDict([("fc", fc), ("p", nn.Softmax(1))]))  # here\n',
        NN + 'net = nn.Sequential(OrderedDict([("fc", fc)]))  # here\n',
        SOFTMAX,
    ),
    "a softmax in the return": (
        "softmax-before-cross-entropy",
        NN + "def forward(self, x):\n    return F.softmax(self.fc(x), dim=1)  # here\n",
        NN + "def forward(self, x):\n    return self.fc(x)  # here\n",
        SOFTMAX,
    ),
    "a softmax kept in an attribute": (
        "softmax-before-cross-entropy",
        NN + "class Net(nn.Module):\n    def __init__(self):\n        self.soft = nn.Softmax(dim=1)\n"
        "    def forward(self, x):\n        return self.soft(self.fc(x))  # here\n",
        NN + "class Net(nn.Module):\n    def __init__(self):\n        self.soft = nn.Softmax(dim=1)\n"
        "    def forward(self, x):\n        return self.fc(x)  # here\n",
        SOFTMAX,
    ),
    "a softmax between network and loss": (
        "softmax-before-cross-entropy",
        NN + "p = F.softmax(net(x), 1)  # here\nloss = F.cross_entropy(p, y)  # loss\nprint(p.argmax(1))\n",
        NN + "p = net(x)  # here\nloss = F.cross_entropy(p, y)  # loss\nprint(p.argmax(1))\n",
        {**SOFTMAX, "related": {"loss": "cross_entropy applies softmax itself"}},
    ),
    "a log_softmax as a method": (
        "log-softmax-before-cross-entropy",
        NN + "out = net(x).log_softmax(1)  # here\n",
        NN + "out = net(x)  # here\n",
        {},
    ),
    "a sigmoid around a sum, inside a product": (
        "sigmoid-before-bce-logits",
        NN + "loss = criterion(2 * torch.sigmoid(a + b), y)  # here\n",
        NN + "loss = criterion(2 * (a + b), y)  # here\n",
        {"remedy": {"call": "sigmoid"}},
    ),
    "a relu on a line of its own": (
        "activation-before-cross-entropy",
        NN + "def forward(self, x):\n    x = self.out(x)\n    # keep it positive\n    x = F.relu(x)  # here\n    return x\n",
        NN + "def forward(self, x):\n    x = self.out(x)\n    # keep it positive\n    return x\n",
        RELU,
    ),
    "the outer of two relus": (
        "activation-before-cross-entropy",
        NN + "def forward(self, x):\n    return F.relu(self.out(F.relu(self.fc(x))))  # here\n",
        NN + "def forward(self, x):\n    return self.out(F.relu(self.fc(x)))  # here\n",
        RELU,
    ),
    "a relu that bounds a regression": (
        "output-range",
        NN + "layers.append(nn.ReLU())  # here\nnet = nn.Sequential(*layers)\n",
        NN + "net = nn.Sequential(*layers)\n",
        RELU,
    ),
    "ReLU between the layers of a Sequential": (
        "missing-nonlinearity",
        NN + "net = nn.Sequential(\n    nn.Linear(2, 9),  # here\n    nn.Linear(9, 9),  # second\n    nn.Linear(9, 1),\n)\n",
        NN + "net = nn.Sequential(\n    nn.Linear(2, 9),  # here\n    nn.ReLU(),\n    nn.Linear(9, 9),  # second\n"
        "    nn.ReLU(),\n    nn.Linear(9, 1),\n)\n",
        {"remedy": {"after": ["here", "second"]}},
    ),
    "ReLU between layers on one line": (
        "missing-nonlinearity",
        "from torch import nn\nnet = nn.Sequential(nn.Linear(2, 9), nn.Linear(9, 1))  # here\n",
        "from torch import nn\nnet = nn.Sequential(nn.Linear(2, 9), nn.ReLU(), nn.Linear(9, 1))  # here\n",
        {"remedy": {"after": ["here"]}},
    ),
    "relu around the call of a layer": (
        "missing-nonlinearity",
        NN + "class Net(nn.Module):\n    def __init__(self):\n        self.fc = nn.Linear(2, 9)\n"
        "    def forward(self, x):\n        x = self.fc(x)  # here\n        return self.out(x)\n",
        NN + "class Net(nn.Module):\n    def __init__(self):\n        self.fc = nn.Linear(2, 9)\n"
        "    def forward(self, x):\n        x = torch.relu(self.fc(x))  # here\n        return self.out(x)\n",
        {"remedy": {"after": ["here"]}},
    ),
    "a relu whose result was dropped": (
        "missing-nonlinearity",
        NN + "def forward(self, x):\n    x = self.fc(x)  # here\n    F.relu(x)\n    return self.out(x)\n",
        NN + "def forward(self, x):\n    x = self.fc(x)  # here\n    x = F.relu(x)\n    return self.out(x)\n",
        {"remedy": {"after": ["here"]}},
    ),
    "relu around a product by hand": (
        "missing-nonlinearity",
        "import torch\nh = x @ w + b  # here\nout = h @ v\n",
        "import torch\nh = torch.relu(x @ w + b)  # here\nout = h @ v\n",
        {"remedy": {"after": ["here"]}},
    ),
    "log_softmax for softmax": (
        "nll-without-log-softmax",
        NN + "class Net(nn.Module):\n    def __init__(self):\n        self.soft = nn.Softmax(dim=1)\n"
        "    def forward(self, x):\n        return self.soft(self.fc(x))  # here\n",
        NN + "class Net(nn.Module):\n    def __init__(self):\n        self.soft = nn.LogSoftmax(dim=1)\n"
        "    def forward(self, x):\n        return self.soft(self.fc(x))  # here\n",
        {"evidence": {"input": "Softmax"}},
    ),
    "CrossEntropyLoss for NLLLoss": (
        "nll-without-log-softmax",
        NN + "criterion = nn.NLLLoss(weight=w)\nloss = criterion(net(x), y)  # here\n",
        NN + "criterion = nn.CrossEntropyLoss(weight=w)\nloss = criterion(net(x), y)  # here\n",
        {"evidence": {"input": "Addmm"}},
    ),
    "cross_entropy for nll_loss": (
        "nll-without-log-softmax",
        NN + "loss = F.nll_loss(net(x), y)  # here\n",
        NN + "loss = F.cross_entropy(net(x), y)  # here\n",
        {"evidence": {"input": "Addmm"}},
    ),
    "the dimension of a softmax module": (
        "softmax-wrong-dim",
        NN + "net = nn.Sequential(fc, nn.LogSoftmax(0))  # here\n",
        NN + "net = nn.Sequential(fc, nn.LogSoftmax(1))  # here\n",
        {"evidence": {"shape": [32, 10], "dim": 0}},
    ),
    "the dimension of a softmax function": (
        "softmax-wrong-dim",
        NN + "out = F.log_softmax(net(x), dim = 0)  # here\n",
        NN + "out = F.log_softmax(net(x), dim = 1)  # here\n",
        {"evidence": {"shape": [32, 10], "dim": 0}},
    ),
    "a dropout that follows the mode": (
        "dropout-always-on",
        NN + "class Net(nn.Module):\n    def forward(self, x):\n        return F.dropout(x, 0.5)  # here\n",
        NN + "class Net(nn.Module):\n    def forward(self, x):\n"
        "        return F.dropout(x, 0.5, training=self.training)  # here\n",
        {},
    ),
    "a dropout made in forward": (
        "dropout-always-on",
        NN + "class Net(nn.Module):\n    def forward(self, x):\n        return nn.Dropout(p=0.5)(x)  # here\n",
        NN + "class Net(nn.Module):\n    def forward(self, x):\n"
        "        return F.dropout(x, p=0.5, training=self.training)  # here\n",
        {},
    ),
    "a column of predictions against a row of targets": (
        "loss-broadcast",
        NN + "criterion = nn.MSELoss()\nloss = criterion(net(x), y)  # here\n",
        NN + "criterion = nn.MSELoss()\nloss = criterion(net(x).squeeze(1), y)  # here\n",
        {"evidence": {"prediction": [8, 1], "target": [8], "function": "mse_loss"}},
    ),
    "a row of predictions against a column of targets": (
        "loss-broadcast",
        NN + "loss = F.l1_loss(a + b, y)  # here\n",
        NN + "loss = F.l1_loss((a + b).unsqueeze(1), y)  # here\n",
        {"evidence": {"prediction": [8], "target": [8, 1], "function": "l1_loss"}},
    ),
    "a difference of a row and a column": (
        "loss-broadcast",
        NN + "loss = ((y - pred) ** 2).mean()  # here\n",
        NN + "loss = ((y - pred.squeeze(1)) ** 2).mean()  # here\n",
        {
            "evidence": {"prediction": [8, 1], "target": [8], "function": "sub"},
            "trace": one_elementwise("sub", (8,), (8, 1)),
        },
    ),
    "an accuracy of a row and a column": (
        "metric-broadcast",
        NN + "right = (net(x).argmax(1, keepdim=True) == y).sum()  # here\n",
        NN + "right = (net(x).argmax(1, keepdim=True).squeeze(1) == y).sum()  # here\n",
        {"evidence": {"left": [8, 1], "right": [8]}},
    ),
    "the size of a layer": (
        "shape-mismatch",
        NN + "self.fc = nn.Linear(16 * 5 * 5, out_features=10)  # here\n",
        NN + "self.fc = nn.Linear(256, out_features=10)  # here\n",
        {"trace": crashed("Linear", {"in_features": 400}, (8, 256))},
    ),
    "images that are not flattened": (
        "shape-mismatch",
        NN + "net = nn.Sequential(\n    nn.Linear(784, 10),  # here\n    nn.ReLU(),\n)\n",
        NN + "net = nn.Sequential(\n    nn.Flatten(),\n    nn.Linear(784, 10),  # here\n    nn.ReLU(),\n)\n",
        {"trace": crashed("Linear", {"in_features": 784}, (8, 1, 28, 28))},
    ),
    "sides of a criterion that do not fit": (
        "shape-mismatch",
        NN + "loss = F.binary_cross_entropy(net(x), y)  # here\n",
        NN + "loss = F.binary_cross_entropy(net(x).squeeze(1), y)  # here\n",
        {"evidence": {"shapes": [[8, 1], [8]]}, "trace": crashed("Linear", {}, (8, 4), "loss")},
    ),
    "class numbers as int64": (
        "dtype-mismatch",
        NN + "loss = F.cross_entropy(net(x), y)  # here\n",
        NN + "loss = F.cross_entropy(net(x), y.long())  # here\n",
        {"hint": "make the target int64: .long()", "evidence": {"function": "cross_entropy"}},
    ),
    "data as float32 where they are made": (
        "dtype-mismatch",
        NN + "x = torch.from_numpy(table)  # here\nout = net(x)  # crash\n",
        NN + "x = torch.from_numpy(table).float()  # here\nout = net(x)  # crash\n",
        {
            "hint": "make the input float32: .float()",
            "trace": lambda text: Trace(
                "train.py", Ended("crashed", 1), crash=Crash("RuntimeError", "dtype", at(text, "crash"))
            ),
        },
    ),
    "labels that count from one": (
        "label-out-of-range",
        NN + "y = torch.tensor(table.stars)\nfor rows in batches:\n    loss = F.cross_entropy(net(x[rows]), y[rows])  # here\n",
        NN + "y = torch.tensor(table.stars) - 1\nfor rows in batches:\n    loss = F.cross_entropy(net(x[rows]), y[rows])  # here\n",
        {"evidence": {"low": 1, "high": 5, "classes": 5}},
    ),
    "labels of a dataset that count from one": (
        "label-out-of-range",
        NN + "y = a + b\ndata = TensorDataset(x, y)\nfor xb, yb in DataLoader(data):\n    loss = F.cross_entropy(net(xb), yb)  # here\n",
        NN + "y = (a + b) - 1\ndata = TensorDataset(x, y)\nfor xb, yb in DataLoader(data):\n    loss = F.cross_entropy(net(xb), yb)  # here\n",
        {"evidence": {"low": 1, "high": 5, "classes": 5}},
    ),
    "eval and train around an evaluation in the epoch": (
        "missing-eval-mode",
        """
        for epoch in range(9):
            loss = criterion(net(x), y)  # train
            loss.backward()
            with torch.no_grad():
                for xb, yb in held_out:
                    right += (net(xb).argmax(1) == yb).sum()  # here
        """,
        """
        for epoch in range(9):
            loss = criterion(net(x), y)  # train
            loss.backward()
            net.eval()
            with torch.no_grad():
                for xb, yb in held_out:
                    right += (net(xb).argmax(1) == yb).sum()  # here
            net.train()
        """,
        {"trace": forwards},
    ),
    "eval in the function that evaluates, train in the one that trains": (
        "missing-eval-mode",
        """
        def accuracy(model, loader):
            with torch.no_grad():
                for x, y in loader:
                    return model(x)  # here
        def epoch(model, loader):
            for x, y in loader:
                loss = criterion(model(x), y)  # train
                loss.backward()
        """,
        """
        def accuracy(model, loader):
            model.eval()
            with torch.no_grad():
                for x, y in loader:
                    return model(x)  # here
        def epoch(model, loader):
            for x, y in loader:
                model.train()
                loss = criterion(model(x), y)  # train
                loss.backward()
        """,
        {"trace": forwards},
    ),
    "train at the beginning of a batch": (
        "missing-train-mode",
        "for x, y in loader:\n    loss = criterion(net(x), y)  # here\n    loss.backward()\n",
        "for x, y in loader:\n    net.train()\n    loss = criterion(net(x), y)  # here\n    loss.backward()\n",
        {},
    ),
    "a number added up, not a graph": (
        "loss-accumulates-graph",
        "for x in data:\n    loss = net(x)\n    loss.backward()\n    total += loss * len(x)  # here\nprint(total / n)\n",
        "for x in data:\n    loss = net(x)\n    loss.backward()\n    total += loss.item() * len(x)  # here\nprint(total / n)\n",
        {},
    ),
    "a number appended": (
        "loss-accumulates-graph",
        "loss.backward()\nhistory.append(loss)  # here\n",
        "loss.backward()\nhistory.append(loss.item())  # here\n",
        {},
    ),
    "clipping after the step": (
        "clip-ineffective",
        "loss.backward()\nopt.step()\nclip_grad_norm_(net.parameters(), 1.0)  # here\n",
        "loss.backward()\nclip_grad_norm_(net.parameters(), 1.0)  # here\nopt.step()\n",
        {},
    ),
    "clipping of scaled gradients": (
        "clip-ineffective",
        "scaler.scale(loss).backward()\nclip_grad_norm_(net.parameters(), 1.0)  # here\nscaler.step(opt)\n",
        "scaler.scale(loss).backward()\nscaler.unscale_(opt)\nclip_grad_norm_(net.parameters(), 1.0)  # here\nscaler.step(opt)\n",
        {},
    ),
    "a minus too many": (
        "loss-sign",
        "(-loss).backward()  # here\n",
        "loss.backward()  # here\n",
        {"hint": "leave the minus out: the optimizer makes the loss smaller"},
    ),
    "a minus too few": (
        "loss-sign",
        "loss = chosen.mean()  # here\n",
        "loss = -chosen.mean()  # here\n",
        {"hint": "put a minus before it, or use nn.functional.nll_loss or cross_entropy"},
    ),
    "weights that climb": (
        "loss-sign",
        "w += rate * w.grad  # here\n",
        "w -= rate * w.grad  # here\n",
        {"hint": "subtract it: weights -= rate * gradient"},
    ),
    "maximize": (
        "loss-sign",
        "opt = SGD(net.parameters(), lr=0.1, maximize=True)  # here\n",
        "opt = SGD(net.parameters(), lr=0.1, maximize=False)  # here\n",
        {"hint": "leave maximize out"},
    ),
    "a mean over the batches of one step": (
        "accumulation-not-scaled",
        "loss.backward()  # here\n",
        "(loss / 4).backward()  # here\n",
        {"evidence": {"backwards": 4}},
    ),
    "a lower rate": (
        "lr-too-high",
        "from torch import optim\nopt = optim.SGD(net.parameters(), lr=10, momentum=0.9)  # here\n",
        "from torch import optim\nopt = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)  # here\n",
        {"hint": "lower it: lr=0.1"},
    ),
    "a lower rate where it has a name": (
        "lr-too-high",
        "import torch\nRATE = 10.0  # per step\nopt = torch.optim.SGD(net.parameters(), RATE)  # here\n",
        "import torch\nRATE = 0.1  # per step\nopt = torch.optim.SGD(net.parameters(), RATE)  # here\n",
        {"hint": "lower it: lr=0.1", "evidence": {"lr": 10.0}},
    ),
    "a lower rate from the command line": (
        "lr-too-high",
        'import torch\nparser.add_argument("--lr", type=float, default=10)\nopt = torch.optim.SGD(net.parameters(), lr=args.lr)  # here\n',
        'import torch\nparser.add_argument("--lr", type=float, default=0.1)\nopt = torch.optim.SGD(net.parameters(), lr=args.lr)  # here\n',
        {"hint": "lower it: lr=0.1", "evidence": {"lr": 10.0}},
    ),
    "the parameters of a second network": (
        "param-not-in-optimizer",
        "import torch\nencoder, decoder = Encoder(), Decoder()  # made\nopt = torch.optim.Adam(decoder.parameters(), 1e-3)  # here\n",
        "import torch\nencoder, decoder = Encoder(), Decoder()  # made\n"
        "opt = torch.optim.Adam(list(decoder.parameters()) + list(encoder.parameters()), 1e-3)  # here\n",
        {"evidence": {"missing": ["fc.weight"]}, "trace": one_forgotten},
    ),
    "an optimizer made before the network was complete": (
        "param-not-in-optimizer",
        "import torch\nopt = torch.optim.Adam(net.parameters())  # here\nnet.head = Head()  # new\nprint(net)\n",
        "import torch\nnet.head = Head()  # new\nopt = torch.optim.Adam(net.parameters())  # here\nprint(net)\n",
        {"evidence": {"missing": ["head.weight"]}, "related": {"new": "made here"}},
    ),
    "a list of layers": (
        "unregistered-submodule",
        NN + "self.blocks = [nn.Linear(8, 8) for _ in range(3)]  # here\n",
        NN + "self.blocks = nn.ModuleList([nn.Linear(8, 8) for _ in range(3)])  # here\n",
        {"hint": "write self.blocks = nn.ModuleList([...])"},
    ),
    "a plain tensor": (
        "unregistered-submodule",
        NN + "self.scale = nn.Parameter(torch.ones(3)) * 0.1  # here\n",
        NN + "self.scale = nn.Parameter(torch.ones(3) * 0.1)  # here\n",
        {"hint": "write self.scale = nn.Parameter(...): compute first, wrap last"},
    ),
    "a loader that does not shuffle": (
        "unshuffled-training-data",
        "from torch.utils.data import DataLoader\ntrain = DataLoader(data, batch_size=32)  # here\n",
        "from torch.utils.data import DataLoader\ntrain = DataLoader(data, batch_size=32, shuffle=True)  # here\n",
        {},
    ),
    "a loader that says so": (
        "unshuffled-training-data",
        "from torch.utils.data import DataLoader\ntrain = DataLoader(\n    data, shuffle=False  # here\n)\n",
        "from torch.utils.data import DataLoader\ntrain = DataLoader(\n    data, shuffle=True  # here\n)\n",
        {},
    ),
    "a last batch of one": (
        "batchnorm-tiny-batch",
        "from torch.utils.data import DataLoader\ntrain = DataLoader(data, 16, shuffle=True)  # here\n",
        "from torch.utils.data import DataLoader\ntrain = DataLoader(data, 16, shuffle=True, drop_last=True)  # here\n",
        {"hint": "write drop_last=True in the training DataLoader, or choose another batch_size"},
    ),
    "a misspelt attribute of parameters": (
        "requires-grad-typo",
        "for p in net.parameters():\n    p.require_grad = False  # here\n",
        "for p in net.parameters():\n    p.requires_grad = False  # here\n",
        {"evidence": {"name": "require_grad"}},
    ),
    "an attribute of a whole module": (
        "requires-grad-typo",
        "net.body.requires_grad = False  # here\n",
        "net.body.requires_grad_(False)  # here\n",
        {"evidence": {"modules": ["body"]}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_repair_changes_what_is_wrong_and_nothing_else(case: str) -> None:
    rule, before, after, about = CASES[case]
    if before.startswith("\n"):
        before, after = dedented(before), dedented(after)
    assert mended(rule, before, **about) == after


REFUSED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "an activation made in a loop for every layer": (
        "activation-before-cross-entropy",
        NN
        + "def forward(self, x):\n    for layer in self.layers:\n        x = torch.relu(layer(x))  # here\n    return x\n",
        RELU,
    ),
    "an activation that every layer shares": (
        "activation-before-cross-entropy",
        NN + "act = nn.ReLU()  # here\nnet = nn.Sequential(a, act, b, act)\n",
        RELU,
    ),
    "two activations side by side": (
        "softmax-before-cross-entropy",
        NN + "a, b = F.softmax(one, 1), F.softmax(other, 1)  # here\n",
        SOFTMAX,
    ),
    "a probability that is compared with 0.5": (
        "sigmoid-before-bce-logits",
        NN + "out = torch.sigmoid(net(x))  # here\nright = (net(x) > 0.5) == y\n",
        {"remedy": {"call": "sigmoid"}},
    ),
    "probabilities that are shown": (
        "softmax-before-cross-entropy",
        NN
        + "p = F.softmax(net(x), 1)  # here\nloss = F.cross_entropy(p, y)  # loss\nprint(p.argmax(1), p.max())\n",
        {**SOFTMAX, "related": {"loss": "cross_entropy applies softmax itself"}},
    ),
    "a sum that is used as a tensor": (
        "loss-accumulates-graph",
        "loss.backward()\ntotal += loss  # here\nprint(total.item())\n",
        {},
    ),
    "a list that is stacked": (
        "loss-accumulates-graph",
        "loss.backward()\nlosses.append(loss)  # here\nprint(torch.stack(losses))\n",
        {},
    ),
    "two statements on one line": ("missing-zero-grad", "loss.backward(); opt.step()  # here\n", {}),
    "a rate that was computed": (
        "lr-too-high",
        "import torch\nrate = 1.0\nrate = rate * 10\nopt = torch.optim.SGD(net.parameters(), lr=rate)  # here\n",
        {"hint": "lower it: lr=0.1", "evidence": {"lr": 10.0}},
    ),
    "a size that is computed": (
        "shape-mismatch",
        NN + "self.fc = nn.Linear(width * 4, 10)  # here\n",
        {"trace": crashed("Linear", {"in_features": 400}, (8, 256))},
    ),
    "images whose channels come last": (
        "shape-mismatch",
        NN + "self.conv = nn.Conv2d(3, 8, 3)  # here\n",
        {"trace": crashed("Conv2d", {"in_channels": 3}, (8, 12, 12, 3))},
    ),
    "an optimizer that is unknown where backward is called": (
        "missing-optimizer-step",
        "def make():\n    opt = SGD(net.parameters(), 0.1)  # made\n    return opt\ndef train():\n    loss.backward()  # here\n",
        {"related": {"made": "made here"}},
    ),
    "labels whose origin is unknown": (
        "label-out-of-range",
        NN + "for x, y in stream():\n    loss = F.cross_entropy(net(x), y)  # here\n",
        {"evidence": {"low": 1, "high": 5, "classes": 5}},
    ),
    "a sampler that decides on the order": (
        "unshuffled-training-data",
        "from torch.utils.data import DataLoader\ntrain = DataLoader(data, sampler=mine)  # here\n",
        {},
    ),
    "a list of layers with a method that ModuleList lacks": (
        "unregistered-submodule",
        NN + "self.blocks = [nn.Linear(8, 8)]  # here\nself.blocks.reverse()\n",
        {"hint": "write self.blocks = nn.ModuleList([...])"},
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_could_be_meant_in_two_ways_is_left_alone(case: str) -> None:
    rule, text, about = REFUSED[case]
    with pytest.raises(NoRepair, match=r"\w+ \w+"):
        mended(rule, text, **about)


def test_every_repair_belongs_to_a_rule() -> None:
    assert set(REPAIRS) <= {rule.name for rule in rules()}
    assert {rule for rule, *_ in CASES.values()} == set(REPAIRS)


MENDED = (  # rules whose good script differs from the bad one in nothing but the repair
    "activation_before_cross_entropy",
    "loss_accumulates_graph",
    "missing_nonlinearity",
    "missing_optimizer_step",
    "sigmoid_before_bce_logits",
    "softmax_before_cross_entropy",
    "unshuffled_training_data",
    "zero_grad_before_step",
)
BAD = [Path(__file__).parent / "rules" / name / "bad.py" for name in MENDED]


@pytest.mark.parametrize("script", BAD, ids=lambda path: path.parent.name)
def test_what_a_rule_says_of_its_bad_script_is_enough_to_make_the_good_one(
    script: Path, diagnosed: Callable[..., Any]
) -> None:
    run, findings, _ = diagnosed(script)
    made = plan(Report(str(script), run.trace, tuple(findings), ()), script)
    assert [repair.why for repair in made.repairs] == [""]
    changed = made.files[str(script)].changed({None: list(made.repairs[0].changes)})
    assert code_of(changed) == code_of(script.with_name("good.py").read_text(encoding="utf-8"))


def code_of(text: str) -> str:
    """Without comments and the docstring, which differ."""
    tree = ast.parse(text)
    return ast.unparse(ast.Module(tree.body[1:] if ast.get_docstring(tree) else tree.body, []))
