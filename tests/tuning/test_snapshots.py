"""Trainings that were cut short go on from their last epoch, to the same last bit, or begin anew."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.data.splits import DataInfo, Folds, Part, Splits
from workbench.store.history import Row
from workbench.study.load import load
from workbench.study.space import Point
from workbench.study.trial import Epoch
from workbench.tuning import checkpoint, engine, snapshots
from workbench.tuning.folds import FoldTrainer
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.serial_trainer import SerialTrainer
from workbench.tuning.snapshots import Snapshots
from workbench.tuning.trainer import Lane, OnEpoch, Trained, Trainer

EPOCHS = 4
OF = {"study": "planes", "setting": "1", "data set": "2"}


class Cut(Exception):  # noqa: N818 - the power fails
    pass


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def planes(*, folds: bool = False, features: tuple[int, ...] = (5,)) -> Splits:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(120, *features, generator=generator)
    y = (x.flatten(1) @ torch.randn(x[0].numel(), 3, generator=generator)).argmax(1)
    info = DataInfo("planes", "multiclass", False, features, 3, 90, 30, 0, None, None, "")
    if folds:
        return Folds(3, Part(x, y), False, replace(info, folds=3)).splits()
    return Splits(Part(x[:90], y[:90]), Part(x[90:], y[90:]), info)


def serial(kept: Snapshots | None = None, family: str = "mlp", folder: Path = Path()) -> SerialTrainer:
    return SerialTrainer(
        task="multiclass", family=family, folder=folder, order_seed=7, device="cpu", snapshots=kept
    )


def fused(kept: Snapshots | None = None) -> FusedTrainer:
    return FusedTrainer(task="multiclass", order_seed=7, device="cpu", snapshots=kept)


POINTS: list[Point] = [
    {"optimizer": "sgd", "momentum": 0.9, "lr": 0.05, "dropout": 0.2, "lr_schedule": "cosine"},
    {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "lr": 0.05, "lr_schedule": "one-cycle"},
    {"optimizer": "adam", "lr": 0.01, "batch_norm": True, "lr_schedule": "step", "lr_step": 2},
    {"optimizer": "adam", "lr": 0.01, "dropout": 0.3, "weight_decay": 0.01},
    {"optimizer": "adamw", "lr": 0.01, "depth": 0},
    {"optimizer": "rmsprop", "lr": 0.003, "batch_norm": True, "dropout": 0.1},
]


def lanes_of(points: Sequence[Point] = POINTS) -> list[Lane]:
    said: Point = {"depth": 2, "units": [9, 6], "batch_size": 16, "epochs": EPOCHS}
    filled = [said | point for point in points]
    for point in filled:
        if point["depth"] == 0:
            point["units"] = []
    return [Lane(i, point, 40 + i, kept_as=f"trial-{i}") for i, point in enumerate(filled)]


def go_on(_ended: Mapping[int, Epoch]) -> Collection[int]:
    return ()


def train(trainer: Trainer, lanes: Sequence[Lane], data: Splits, on_epoch: OnEpoch = go_on) -> dict[int, Trained]:
    return {one.outcome.number: one for one in trainer.train(lanes, data, on_epoch)}


def cut_after(epoch: int) -> OnEpoch:
    """The power fails when the next epoch has been trained."""

    def on_epoch(ended: Mapping[int, Epoch]) -> Collection[int]:
        if any(one.epoch > epoch for one in ended.values()):
            raise Cut
        return ()

    return on_epoch


def assert_identical(ours: Mapping[int, Trained], theirs: Mapping[int, Trained]) -> None:
    assert ours.keys() == theirs.keys()
    for number, one in theirs.items():
        mine = ours[number]
        assert replace(mine.outcome, seconds=0) == replace(one.outcome, seconds=0)
        assert mine.weights is not None
        assert one.weights is not None
        assert mine.weights.keys() == one.weights.keys()
        for name, value in one.weights.items():
            assert torch.equal(mine.weights[name], value), (number, name)


@dataclass
class Heard:
    """What is said, and what is told epoch by epoch."""

    lines: list[str] = field(default_factory=list)
    epochs: dict[int, list[Epoch]] = field(default_factory=dict)

    def __call__(self, ended: Mapping[int, Epoch]) -> Collection[int]:
        for number, epoch in ended.items():
            self.epochs.setdefault(number, []).append(epoch)
        return ()


def kept_in(folder: Path, heard: Heard | None = None, every: float = 0.0) -> Snapshots:
    return Snapshots(folder, OF, (heard or Heard()).lines.append, every)


# -- the same numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("epoch", range(1, EPOCHS))
def test_fused_lanes_cut_after_any_epoch_go_on_in_any_company(epoch: int, tmp_path: Path) -> None:
    data, lanes = planes(), lanes_of()
    whole = train(fused(), lanes, data)
    with pytest.raises(Cut):
        train(fused(kept_in(tmp_path)), lanes, data, cut_after(epoch))
    assert len(list(tmp_path.iterdir())) == len(lanes)
    again: dict[int, Trained] = {}
    for share in (lanes[::-2], [lanes[0], replace(lanes[0], number=9, seed=5, kept_as="trial-9"), *lanes[2::2]]):
        heard = Heard()
        again |= train(fused(kept_in(tmp_path, heard)), share, data, heard)
        assert heard.lines == [f"3 trials go on after epochs {epoch} to {epoch}"]
        for number, epochs in heard.epochs.items():
            assert tuple(epochs) == again[number].outcome.curve, "each is told once, in order"
    del again[9]
    assert_identical(again, whole)


@pytest.mark.parametrize("epoch", range(1, EPOCHS))
def test_trials_cut_one_by_one_go_on(epoch: int, tmp_path: Path) -> None:
    data, lanes = planes(), lanes_of()
    whole = train(serial(), lanes, data)
    heard = Heard()
    for lane in lanes:
        with pytest.raises(Cut):
            train(serial(kept_in(tmp_path)), [lane], data, cut_after(epoch))
    again = train(serial(kept_in(tmp_path, heard)), lanes[::-1], data, heard)
    assert heard.lines == [f"trial {lane.number} goes on after epoch {epoch}" for lane in lanes[::-1]]
    assert {number: tuple(epochs) for number, epochs in heard.epochs.items()} == {
        number: one.outcome.curve for number, one in whole.items()
    }
    assert_identical(again, whole)


OWN = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.layer, self.drop = nn.Linear(5, outputs), nn.Dropout(0.2)
        self.register_buffer("seen", torch.zeros(5), persistent=False)
        self.steps = 0

    def forward(self, x):
        if self.training:
            self.seen += x.mean(0).detach()
            self.steps += 1
        return self.layer(self.drop(x) + 0.01 * self.seen) * (1 + self.steps / 100)

def build(outputs):
    return Net(outputs)
"""


def test_a_network_of_ones_own_goes_on_with_what_its_state_dict_leaves_out(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(OWN)
    point: Point = {"optimizer": "adam", "lr": 0.01, "batch_size": 16, "epochs": EPOCHS}
    data, lane, kept = planes(), Lane(0, point, 4, kept_as="trial-0"), tmp_path / "kept"
    whole = train(serial(None, "net.py:build", tmp_path), [lane], data)
    with pytest.raises(Cut):
        train(serial(kept_in(kept), "net.py:build", tmp_path), [lane], data, cut_after(2))
    heard = Heard()
    again = train(serial(kept_in(kept, heard), "net.py:build", tmp_path), [lane], data)
    assert heard.lines == ["trial 0 goes on after epoch 2"]
    assert_identical(again, whole)


def test_convolutions_go_on_in_the_layout_that_they_had(tmp_path: Path) -> None:
    point: Point = {"blocks": 1, "channels": [4], "units": 8, "optimizer": "adam", "lr": 0.01, "batch_size": 16}
    data, lane = planes(features=(2, 8, 8)), Lane(0, point | {"epochs": 3}, 4, kept_as="trial-0")
    whole = train(serial(None, "cnn"), [lane], data)
    with pytest.raises(Cut):
        train(serial(kept_in(tmp_path), "cnn"), [lane], data, cut_after(2))
    again = train(serial(kept_in(tmp_path), "cnn"), [lane], data)
    losses = [[epoch.train_loss for epoch in one[0].outcome.curve] for one in (again, whole)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)  # equal most times: sums follow from where data lie


@pytest.mark.parametrize("make", [serial, fused])
def test_the_folds_of_a_trial_go_on_together(make: Callable[..., Trainer], tmp_path: Path) -> None:
    data, lanes = planes(folds=True), lanes_of(POINTS[:1] + POINTS[3:4])
    whole = train(FoldTrainer(make()), lanes, data)
    with pytest.raises(Cut):
        train(FoldTrainer(make(kept_in(tmp_path))), lanes, data, cut_after(2))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["trial-0.snapshot", "trial-1.snapshot"]
    heard = Heard()
    again = train(FoldTrainer(make(kept_in(tmp_path, heard))), lanes[::-1], data, heard)
    assert heard.lines == ["2 trials go on after epochs 2 to 2"]
    assert {number: tuple(epochs) for number, epochs in heard.epochs.items()} == {
        number: one.outcome.curve for number, one in whole.items()
    }
    assert_identical(again, whole)


def test_what_was_judged_before_the_cut_is_not_judged_again(tmp_path: Path) -> None:
    data, lanes = planes(), lanes_of(POINTS[:2])
    with pytest.raises(Cut):
        train(fused(kept_in(tmp_path)), lanes, data, cut_after(2))

    def drop(ended: Mapping[int, Epoch]) -> Collection[int]:
        return [number for number, epoch in ended.items() if epoch.epoch == 2 - number]

    again = train(fused(kept_in(tmp_path)), lanes, data, drop)
    assert [again[i].outcome.ended for i in (0, 1)] == ["complete", "complete"]


# -- or from the first epoch --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What is left of a trial."""
    folder = tmp_path_factory.mktemp("cut")
    with pytest.raises(Cut):
        train(fused(kept_in(folder)), lanes_of(POINTS[3:4]), planes(), cut_after(2))
    return (folder / "trial-0.snapshot").read_bytes()


def found(content: bytes, **of: str) -> tuple[dict[int, Any], list[str]]:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "trial-0.snapshot").write_bytes(content)
        heard = Heard()
        kept = replace(kept_in(Path(name), heard), of=OF | of).of_trainer("fused", torch.device("cpu"))
        return kept.find(lanes_of(POINTS[3:4])), [line.replace(name, "") for line in heard.lines]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_flipped_byte_and_any_missing_end_is_noticed(cut: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(cut) - 1))
    flipped = cut[:place] + bytes([cut[place] ^ data.draw(st.integers(1, 255))]) + cut[place + 1 :]
    for content in (flipped, cut[:place]):
        assert found(content) == (
            {}, ["/trial-0.snapshot is damaged, or of another version of workbench: trial 0 begins anew"],
        )  # fmt: skip


def test_what_is_whole_and_of_this_trial_is_found(cut: bytes) -> None:
    there, lines = found(cut)
    assert [len(one.curve) for one in there.values()] == [2]
    assert lines == ["trial 0 goes on after epoch 2"]


@pytest.mark.parametrize("name", [*OF, "trainer", "torch"])
def test_what_is_of_something_else_is_left_alone(name: str, cut: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "torch":
        monkeypatch.setattr(torch, "__version__", "9.9")
    other = {name: "other"} if name in OF else {}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "trial-0.snapshot").write_bytes(cut)
        heard = Heard()
        kept = replace(kept_in(Path(folder), heard), of=OF | other)
        data, lanes = planes(), lanes_of(POINTS[3:4])
        make = serial if name == "trainer" else fused
        again = train(make(kept), lanes, data)
        assert_identical(again, train(make(), lanes, data))
    assert len(heard.lines) == 1
    assert f"is of another {name} (" in heard.lines[0]


@pytest.mark.parametrize("changed", [{"seed": 3}, {"point": lanes_of()[3].point | {"lr": 0.02}}, {"fold": 1}])
def test_what_is_of_another_trial_is_left_alone(changed: dict[str, Any], cut: bytes, tmp_path: Path) -> None:
    (tmp_path / "trial-0.snapshot").write_bytes(cut)
    heard = Heard()
    kept = kept_in(tmp_path, heard).of_trainer("fused", torch.device("cpu"))
    [lane] = lanes_of(POINTS[3:4])
    assert kept.find([replace(lane, **changed)]) == {}
    assert heard.lines == [f"{tmp_path}/trial-0.snapshot is of another training: trial 0 begins anew"]


def _without_a_moment(inside: dict[str, Any]) -> None:
    inside["moments"].pop()


def _with_more_epochs(inside: dict[str, Any]) -> None:
    inside["epochs"] += 1


def _of_other_widths(inside: dict[str, Any]) -> None:
    inside["tensors"] = {name: torch.zeros(3, 3) for name in inside["tensors"]}


def _without_a_generator(inside: dict[str, Any]) -> None:
    inside["generator"] = inside["generator"][:5]


SPOILS = [_without_a_moment, _with_more_epochs, _of_other_widths, _without_a_generator, dict.clear]


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_well_made_file_of_another_network_costs_a_line(
    spoil: Callable[[dict[str, Any]], None], cut: bytes, tmp_path: Path
) -> None:
    """As where a file has changed that a network of one's own imports; or somebody made it up."""
    data, [lane] = planes(), lanes_of(POINTS[3:4])
    heard = Heard()
    kept = kept_in(tmp_path, heard).of_trainer("fused", torch.device("cpu"))
    (tmp_path / "trial-0.snapshot").write_bytes(cut)
    [there] = kept.find([lane]).values()
    spoil(there.inside)
    kept._write("trial-0", [(lane, there)])
    heard.lines.clear()
    again = train(fused(kept_in(tmp_path, heard)), [lane], data, heard)
    assert "does not fit" in heard.lines[1]
    assert tuple(heard.epochs[0]) == again[0].outcome.curve, "nothing of it was told"
    assert_identical(again, train(fused(), [lane], data))


# -- what it costs ------------------------------------------------------------------------------------------------


def test_a_trial_that_is_shorter_than_what_a_kill_may_cost_leaves_no_file(tmp_path: Path) -> None:
    for make in (serial, fused):
        train(make(kept_in(tmp_path / "kept", every=3600.0)), lanes_of(), planes())
    assert list(tmp_path.iterdir()) == []


def test_the_oldest_make_room_and_one_that_is_too_large_is_not_written(
    cut: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [lane], heard = lanes_of(POINTS[3:4]), Heard()
    kept = kept_in(tmp_path, heard).of_trainer("fused", torch.device("cpu"))
    (tmp_path / "trial-0.snapshot").write_bytes(cut)
    [there] = kept.find([lane]).values()
    for age, name in enumerate(("trial-2", "trial-3", "trial-1")):
        (tmp_path / f"{name}.snapshot").write_bytes(cut)
        os.utime(tmp_path / f"{name}.snapshot", (1000 + age, 1000 + age))
    monkeypatch.setattr(snapshots, "QUOTA", 3 * len(cut) + 100)
    kept._write("trial-0", [(lane, there)])
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["trial-0", "trial-1", "trial-3"]
    monkeypatch.setattr(snapshots, "QUOTA", len(cut) - 100)
    heard.lines.clear()
    for _ in range(2):
        kept._write("trial-0", [(lane, there)])
    assert len(heard.lines) == 1, "it is said once"
    assert "trial 0 cannot be put down, and will begin anew if it is cut short: it takes" in heard.lines[0]


def test_a_folder_that_cannot_be_written_costs_a_line_and_no_trial(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file in its place")
    heard, data, lanes = Heard(), planes(), lanes_of()
    again = train(fused(kept_in(tmp_path / "kept", heard)), lanes, data)
    assert len([line for line in heard.lines if "cannot be put down" in line]) == 1
    assert_identical(again, train(fused(), lanes, data))


# -- a command ----------------------------------------------------------------------------------------------------

STUDY = """
name = "long"
task = "multiclass"
data = { source = "digits", train = 300, validation = 100, test = 100 }
[space]
units = { int = [8, 32] }
lr = { float = [1e-3, 0.05], log = true }
dropout = 0.2
optimizer = "adam"
epochs = { int = [4, 9] }
[budget]
trials = 4
[search]
sampler = "random"
pruner = "none"
[confirm]
top = 4
seeds = 2
"""

KILLED = """
import os, signal, sys
from pathlib import Path
from workbench.study.load import load
from workbench.tuning import engine, snapshots

class Observer:
    def begin(self, *_): pass
    def trial_done(self, *_): pass
    def message(self, text): pass
    def stage(self, text, done, total):
        if when == "confirming" and text.startswith(when) and done:
            os.kill(os.getpid(), signal.SIGKILL)
    def epoch_done(self, number, epoch, epochs, running):
        if when == "searching" and epoch.epoch == 4 < epochs:
            os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    snapshots.EVERY = 0.0
    folder, when, workers = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    options = engine.Options(
        storage=str(folder / "j.journal"), out=folder, device="cpu", engine="fused", workers=workers
    )
    engine.tune(load(str(folder / "long.toml")), options, Observer())
"""


class Silent:
    def __init__(self) -> None:
        self.messages: list[str] = []

    def begin(self, counts: dict[str, int], total: int, study: str, timeout: float | None) -> None: ...

    def epoch_done(self, number: int, epoch: Epoch, epochs: int, running: int) -> None: ...

    def trial_done(self, row: Row, counts: dict[str, int], best: Row | None) -> None: ...

    def message(self, text: str) -> None:
        self.messages.append(text)

    def stage(self, text: str, done: int, total: int) -> None: ...


def tune(folder: Path) -> tuple[engine.Ending, list[str]]:
    observer = Silent()
    where = str(folder / "j.journal")
    options = engine.Options(storage=where, out=folder, device="cpu", engine="fused", workers=1)
    return engine.tune(load(str(folder / "long.toml")), options, observer), observer.messages


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_a_command_that_was_killed_in_its_search_and_its_confirmation_goes_on_in_the_middle_of_both(
    tmp_path: Path,
) -> None:
    cut, whole = tmp_path / "cut", tmp_path / "whole"
    for folder in (cut, whole):
        folder.mkdir()
        (folder / "long.toml").write_text(STUDY)
    (tmp_path / "killed.py").write_text(KILLED)
    left = []
    for when, count in (("searching", "2"), ("confirming", "1")):
        command = [sys.executable, str(tmp_path / "killed.py"), str(cut), when, count]
        assert subprocess.run(command, check=False).returncode == -9
        left.append({path.stem for path in (cut / "long" / "unfinished").glob("*.snapshot")})
    assert left[0]
    assert left[0] <= {f"trial-{number}" for number in range(4)}
    assert left[1]
    assert all("-repeat-" in name for name in left[1]), "what is told is forgotten"
    (ending, messages), (expected, _) = tune(cut), tune(whole)
    assert [line for line in messages if "on after epoch" in line]
    assert [(row.number, row.state, row.point, row.curve) for row in ending.history.rows] == [
        (row.number, row.state, row.point, row.curve) for row in expected.history.rows
    ]
    both = (ending, expected)
    runs = [[(one["trial"], one["value"]) for one in each.history.facts["confirm"]["runs"]] for each in both]
    assert runs[0] == runs[1]
    ours, theirs = (checkpoint.read(each.folder)[1] for each in both)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert not (cut / "long" / "unfinished").exists(), "nobody goes on from them"
