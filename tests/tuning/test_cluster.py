"""Ray: two nodes in one machine, of which one goes in the middle of a study and another comes; and mistakes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.cli.main import main
from workbench.data import splits
from workbench.errors import WorkbenchError
from workbench.store.history import Row
from workbench.study.load import load
from workbench.study.trial import Epoch
from workbench.tuning import cluster, engine, workers

STUDY = """
name = "small"
task = "multiclass"
[data]
source = "digits"
train = 400
validation = 200
test = 200
[space]
depth = { int = [1, 2] }
units = { int = [8, 32], log = true }
lr = { float = [1e-3, 0.05], log = true }
batch_size = { choice = [32, 64] }
epochs = { int = [2, 8] }
[budget]
trials = 40
[search]
sampler = "random"
pruner = "none"
"""


def test_without_ray_the_way_to_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    (tmp_path / "small.toml").write_text(STUDY)
    assert main(["tune", "--study", str(tmp_path / "small.toml"), "--cluster", "auto"]) == 2
    said = capsys.readouterr().err
    assert "--cluster needs Ray, which is not installed" in said
    assert 'pip install "workbench[ray]"' in said


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ray://127.0.0.1:1", "127.0.0.1 does not answer on port 1"),
        ("127.0.0.1:1", "127.0.0.1 does not answer on port 1"),
        ("nowhere", "this is no address"),
        ("ray://nowhere.invalid:10001", "nowhere.invalid does not answer"),
    ],
)
def test_an_address_that_is_none_is_one_message(address: str, reason: str) -> None:
    pytest.importorskip("ray", reason='Ray is not installed: pip install "workbench[ray]"')
    with pytest.raises(WorkbenchError, match=reason) as caught, cluster.connected(address):
        pass
    assert f"--cluster {address}" in str(caught.value)
    assert caught.value.hint


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """A head that trains nothing, and two nodes that do."""
    pytest.importorskip("ray", reason='Ray is not installed: pip install "workbench[ray]"')
    from ray.cluster_utils import Cluster

    niceness = pytest.MonkeyPatch()
    niceness.setenv("RAY_worker_niceness", "0")  # 15 is Ray's own: beside other tests its workers would starve
    found = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    for _ in range(2):
        found.add_node(num_cpus=1)
    yield found
    found.shutdown()
    niceness.undo()


class Recorder:
    """An observer that removes a node after some trials, and adds another later."""

    def __init__(self, nodes: Any = None) -> None:
        self.nodes, self.told, self.messages = nodes, list[int](), list[str]()

    def begin(self, counts: dict[str, int], total: int, study: str, timeout: float | None) -> None: ...

    def epoch_done(self, number: int, epoch: Epoch, epochs: int, running: int) -> None: ...

    def trial_done(self, row: Row, counts: dict[str, int], best: Row | None) -> None:
        self.told.append(row.number)
        if self.nodes is not None and len(self.told) == 5:
            self.nodes.remove_node(next(iter(self.nodes.worker_nodes)))
        if self.nodes is not None and len(self.told) == 20:
            self.nodes.add_node(num_cpus=1)

    def message(self, text: str) -> None:
        self.messages.append(text)

    def stage(self, text: str, done: int, total: int) -> None: ...


def tune(folder: Path, observer: Recorder, **more: Any) -> tuple[Row, ...]:
    folder.mkdir()
    (folder / "small.toml").write_text(STUDY)
    options = engine.Options(
        storage=str(folder / "j.journal"), out=folder, device="cpu", engine="fused", confirm=False, **more
    )
    return engine.tune(load(str(folder / "small.toml")), options, observer).history.rows


@pytest.mark.timeout(600)
def test_a_node_that_goes_and_one_that_comes_cost_no_trial_and_change_no_number(nodes: Any, tmp_path: Path) -> None:
    observer = Recorder(nodes)
    rows = tune(tmp_path / "cluster", observer, cluster=nodes.address)
    assert [row.number for row in rows] == list(range(40)), "lost, or twice"
    assert {row.state for row in rows} == {"complete"}
    assert sorted(observer.told) == list(range(40)), "told twice"
    here = tune(tmp_path / "here", Recorder(), workers=1)
    assert [(row.point, row.curve) for row in rows] == [(row.point, row.curve) for row in here]


@pytest.mark.timeout(600)
def test_a_node_with_another_version_is_refused(nodes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    data, _ = splits.load("digits", task="multiclass", train=400, validation=100, test=None, standardize=True)
    setting = workers.Setting(task="multiclass", family="mlp", folder=Path(), order_seed=3, judged=False)
    with cluster.connected(nodes.address) as found:
        monkeypatch.setattr(cluster, "versions", lambda: {"workbench": "0.0", "torch": "1.0"})
        refused = pytest.raises(WorkbenchError, match=r"here are workbench 0\.0")
        with found.crew(1, setting, data, 1) as crew, refused:
            list(said(crew))


def said(crew: workers.AnyCrew) -> Iterator[workers.Message]:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        for _, message in crew.messages(1.0):
            yield message
