"""How long until `workbench diagnose` names the first fault of an MNIST script, beside the script's own first step.

    WORKBENCH_DATA=FOLDER python benchmarks/diagnose/first_finding.py [--rounds 3] [--tree FOLDER ...]

The script imports torch and torchvision, reads MNIST through a DataLoader, has a Softmax before its criterion. In
turn: the script alone until its first optimizer step has been made, and the command until the fault's line is told
on stderr; each is killed there. `--tree` adds other versions of workbench, each a folder that holds the package.
"""
# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCRIPT = """
import os
import sys

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

torch.manual_seed(0)
transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
train = datasets.MNIST(os.environ["WORKBENCH_DATA"], train=True, download=False, transform=transform)
loader = DataLoader(train, batch_size=64, shuffle=True)
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10), nn.Softmax(dim=1))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(2):
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        print("found: a step", file=sys.stderr, flush=True)
"""


def seconds(command: list[str], tree: Path | None) -> float:
    """Until the first line on stderr that begins with "found: "."""
    environment = {**os.environ, **({"PYTHONPATH": str(tree)} if tree is not None else {})}
    began = time.monotonic()
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stderr is not None
        found = any(line.startswith("found: ") for line in process.stderr)
        taken = time.monotonic() - began
        process.kill()  # a diagnosis ends its children then, too
    if not found:
        raise SystemExit(f"{command} named nothing")
    return taken


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--tree", type=Path, action="append", default=[])
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "mnist.py")
        script.write_text(SCRIPT, encoding="utf-8")
        diagnose = [sys.executable, "-m", "workbench", "diagnose", str(script)]
        rows: dict[str, list[float]] = {}
        for number in range(wanted.rounds + 1):  # the first warms the disk
            taken = {"the script alone, first step": seconds([sys.executable, str(script)], None)}
            for tree in (None, *wanted.tree):
                taken[f"workbench diagnose{f' of {tree}' if tree else ''}"] = seconds(diagnose, tree)
            for name, value in taken.items() if number else ():
                rows.setdefault(name, []).append(value)
                print(f"{number}: {name}: {value:.1f} s", flush=True)
    alone = next(iter(rows.values()))
    for name, values in rows.items():
        ratios = [value / plain for value, plain in zip(values, alone, strict=True)]
        each = ", ".join(f"{value:.1f}" for value in values)
        print(f"{name}: {each} s; median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
