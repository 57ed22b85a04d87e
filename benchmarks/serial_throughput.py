"""The serial trainer beside the usual hand-written Optuna objective: seconds a trial, same points, one run.

    python benchmarks/serial_throughput.py --data FOLDER [--trials 12] [--repeats 3]

FOLDER holds MNIST/raw/*.gz and may be written to (torchvision unpacks there). Both sides train on the first
4,096 images of MNIST for five epochs of 64, validate on the 1,024 that follow after each epoch and tell Optuna (a
study in memory); the space is that of studies/mnist-small.toml. The hand-written side is what tutorials show:
torchvision's MNIST with ToTensor and Normalize, Subset, DataLoader(shuffle=True), nn.Sequential. Ours keeps
training loss and accuracy and the best weights besides. The sides take turns at going first.
"""
# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import torch
from torch import nn
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms

from workbench.data import splits
from workbench.tuning.serial_trainer import SerialTrainer
from workbench.tuning.trainer import Lane

TRAIN, VALIDATION, BATCH, EPOCHS = 4096, 1024, 64, 5
Objective = Callable[[optuna.Trial], float]


def suggest(trial: optuna.Trial) -> dict[str, Any]:
    """A point of studies/mnist-small.toml."""
    depth = trial.suggest_int("depth", 1, 3)
    return {
        "depth": depth,
        "units": [trial.suggest_int(f"units_{i}", 10, 128, log=True) for i in range(1, depth + 1)],
        "activation": trial.suggest_categorical("activation", ["relu", "tanh", "gelu"]),
        "momentum": trial.suggest_float("momentum", 0.0, 0.95),
        "lr": trial.suggest_float("lr", 1e-3, 1e-1, log=True),
    }


def by_hand(folder: Path) -> Objective:
    """The objective as tutorials write it."""
    scale = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
    images = datasets.MNIST(str(folder), train=True, transform=scale, download=True)
    training = Subset(images, range(TRAIN))
    validation = Subset(images, range(TRAIN, TRAIN + VALIDATION))
    activations = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}

    def objective(trial: optuna.Trial) -> float:
        point = suggest(trial)
        torch.manual_seed(trial.number)
        layers: list[nn.Module] = [nn.Flatten()]
        width = 28 * 28
        for units in point["units"]:
            layers += [nn.Linear(width, units), activations[point["activation"]]()]
            width = units
        model = nn.Sequential(*layers, nn.Linear(width, 10))
        optimizer = torch.optim.SGD(model.parameters(), lr=point["lr"], momentum=point["momentum"])
        criterion = nn.CrossEntropyLoss()
        training_loader = DataLoader(training, batch_size=BATCH, shuffle=True)
        validation_loader = DataLoader(validation, batch_size=BATCH)
        best = 0.0
        for epoch in range(EPOCHS):
            model.train()
            for x, y in training_loader:
                optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
                optimizer.step()
            model.eval()
            right = 0
            with torch.no_grad():
                for x, y in validation_loader:
                    right += (model(x).argmax(1) == y).sum().item()
            accuracy = right / VALIDATION
            trial.report(accuracy, epoch)
            best = max(best, accuracy)
        return best

    return objective


def by_workbench(folder: Path) -> Objective:
    """The same, trained by `SerialTrainer`."""
    os.environ["WORKBENCH_DATA"] = str(folder)
    data, _ = splits.load(
        "mnist", task="multiclass", train=TRAIN, validation=VALIDATION, test=None, standardize=True, require=True
    )
    trainer = SerialTrainer(task="multiclass", family="mlp", folder=Path(), order_seed=0, device="cpu")

    def objective(trial: optuna.Trial) -> float:
        point = suggest(trial) | {"optimizer": "sgd", "batch_size": BATCH, "epochs": EPOCHS}

        def report(ended: Any) -> tuple[int, ...]:
            trial.report(ended[trial.number].validation_accuracy, ended[trial.number].epoch)
            return ()

        [trained] = trainer.train([Lane(trial.number, point, trial.number)], data, report)
        assert trained.outcome.best is not None
        return trained.outcome.best.validation_accuracy

    return objective


def draw(trials: int) -> list[dict[str, Any]]:
    """Points as Optuna stores them, drawn at random from a fixed seed."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(trials):
        suggest(study.ask())
    return [trial.params for trial in study.trials]


def measure(objective: Objective, point: dict[str, Any]) -> tuple[float, float]:
    """Seconds and best validation accuracy of one trial."""
    study = optuna.create_study(direction="maximize")
    study.enqueue_trial(point)
    started = time.perf_counter()
    study.optimize(objective, n_trials=1)
    return time.perf_counter() - started, study.best_value


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds MNIST/raw/*.gz")
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--repeats", type=int, default=3)
    said = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sides = {"hand": by_hand(said.data), "workbench": by_workbench(said.data)}
    points = draw(said.trials)
    for objective in sides.values():
        measure(objective, points[0])  # warm up

    seconds: dict[str, list[list[float]]] = {name: [[] for _ in points] for name in sides}
    accuracies: dict[str, list[float]] = {name: [0.0] * len(points) for name in sides}
    for repeat in range(said.repeats):
        for i, point in enumerate(points):
            for name in list(sides)[:: 1 if (repeat + i) % 2 else -1]:
                took, accuracies[name][i] = measure(sides[name], point)
                seconds[name][i].append(took)

    print("trial  units          activation     lr  momentum   hand s  ours s  ratio  accuracy: hand  ours")
    medians = {name: [statistics.median(each) for each in seconds[name]] for name in sides}
    ratios = [hand / ours for hand, ours in zip(medians["hand"], medians["workbench"], strict=True)]
    for i, point in enumerate(points):
        units = "-".join(str(point[f"units_{layer}"]) for layer in range(1, point["depth"] + 1))
        print(
            f"{i:5}  {units:13}  {point['activation']:10}  {point['lr']:.4f}  {point['momentum']:8.2f}  "
            f"{medians['hand'][i]:7.3f} {medians['workbench'][i]:7.3f}  {ratios[i]:5.2f}  "
            f"{accuracies['hand'][i]:14.4f}  {accuracies['workbench'][i]:.4f}"
        )
    accuracy = {name: statistics.median(each) for name, each in accuracies.items()}
    middle = {name: statistics.median(each) for name, each in medians.items()}
    print(
        f"\nmedians of {said.trials} trials, {said.repeats} repeats each: "
        f"hand-written {middle['hand']:.3f} s a trial, workbench {middle['workbench']:.3f} s; "
        f"accuracy {accuracy['hand']:.4f} and {accuracy['workbench']:.4f}\n"
        f"ratio {statistics.median(ratios):.2f} (median; {min(ratios):.2f} to {max(ratios):.2f})\n"
        f"torch {torch.__version__}, optuna {optuna.__version__}, {os.cpu_count()} cores, "
        f"{torch.get_num_threads()} threads"
    )


if __name__ == "__main__":
    main()
