"""Evidence against counts made by hand, and by scikit-learn."""

from __future__ import annotations

import base64
import io
import json

import pytest
import torch
from PIL import Image
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from workbench.data.splits import DataInfo, Part
from workbench.tuning import evidence


def info(shape: tuple[int, ...], outputs: int, task: str, **more: object) -> DataInfo:
    plain: dict[str, object] = {
        "name": "made", "task": task, "stand_in": False, "input_shape": shape, "outputs": outputs, "train": 1,
        "validation": 1, "test": 1, "mean": None, "deviation": None, "md5": "",
    }  # fmt: skip
    return DataInfo(**(plain | more))  # type: ignore[arg-type]


@pytest.fixture
def draw() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_confusion_and_scores_are_scikit_learns(draw):
    y = torch.randint(4, (300,), generator=draw)
    logits = torch.randn(300, 5, generator=draw) + 2 * torch.nn.functional.one_hot(y, 5)
    told = evidence.collect(logits, Part(torch.zeros(300, 7), y), info((7,), 5, "multiclass"), "multiclass")
    predicted = logits.argmax(1)
    assert told["confusion"] == confusion_matrix(y, predicted, labels=range(5)).tolist()
    table = precision_recall_fscore_support(y, predicted, labels=range(5), zero_division=0)
    for i, one in enumerate(told["per_class"]):
        found = [one["precision"] or 0, one["recall"] or 0, one["f1"] or 0, one["examples"]]
        assert found == pytest.approx([column[i] for column in table], abs=5e-5)
    assert told["per_class"][4]["recall"] is None  # there is no such example


@pytest.mark.parametrize(("task", "outputs"), [("multiclass", 3), ("binary", 1)])
def test_mistakes_come_with_the_surest_first_and_none_of_them_is_right(draw, task, outputs):
    y = torch.randint(max(2, outputs), (200,), generator=draw)
    logits = torch.randn(200, outputs, generator=draw)
    part = Part(torch.zeros(200, 4), y if outputs > 1 else y.float())
    told = evidence.collect(logits, part, info((4,), outputs, task), task)
    mistakes = told["mistakes"]
    assert len(mistakes) == evidence.MISTAKES
    assert [one["confidence"] for one in mistakes] == sorted((one["confidence"] for one in mistakes), reverse=True)
    for one in mistakes:
        assert one["true"] == str(int(y[one["index"]])) != one["predicted"]
        assert one["png"] is None
    assert sum(map(sum, told["confusion"])) == 200


def test_labels_that_do_not_exclude_one_another_are_counted_one_by_one():
    y = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    logits = torch.tensor([[3.0, -3.0], [3.0, -1.0], [2.0, 3.0]])
    told = evidence.collect(logits, Part(torch.zeros(3, 2, 2), y), info((2, 2), 2, "multilabel"), "multilabel")
    assert "confusion" not in told
    assert [(one["precision"], one["recall"]) for one in told["per_class"]] == [(0.6667, 1.0), (1.0, 0.5)]
    assert [(one["index"], one["true"], one["predicted"]) for one in told["mistakes"]] == [
        (2, "1", "0, 1"), (1, "0, 1", "0"),
    ]  # fmt: skip


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_are_the_examples_as_the_source_had_them(draw, channels):
    raw = torch.rand(2, channels, 6, 6, generator=draw)
    mean, deviation = [0.2] * channels, [0.5] * channels
    about = info((channels, 6, 6), 2, "multiclass", mean=mean, deviation=deviation)
    part = Part((raw - 0.2) / 0.5, torch.tensor([0, 1]))
    told = evidence.collect(torch.tensor([[0.0, 1.0], [3.0, 0.0]]), part, about, "multiclass")
    assert [one["index"] for one in told["mistakes"]] == [1, 0]
    for one in told["mistakes"]:
        image = Image.open(io.BytesIO(base64.b64decode(one["png"])))
        assert image.size == (6, 6)
        shown = torch.tensor(list(image.tobytes())).reshape(6, 6, channels).permute(2, 0, 1)
        assert (shown / 255 - raw[one["index"]]).abs().max() <= 0.5 / 255 + 1e-6


@pytest.mark.parametrize(
    ("shape", "outputs"),
    [((3, 224, 224), 10), ((1, 28, 28), 60), ((4,), 1000)],
    ids=["large", "many", "a thousand"],
)
def test_evidence_stays_small(draw, shape, outputs):
    y = torch.randint(outputs, (400,), generator=draw)
    part = Part(torch.rand(400, *shape, generator=draw), y)
    logits = torch.randn(400, outputs, generator=draw)
    told = evidence.collect(logits, part, info(shape, outputs, "multiclass"), "multiclass")
    assert len(json.dumps(told)) < evidence.LARGEST / 2 + evidence.PICTURES
    assert len(told["mistakes"]) == evidence.MISTAKES


@pytest.mark.parametrize(("task", "outputs"), [("binary", 1), ("multiclass", 3)])
def test_a_boundary_is_what_the_network_says_over_the_plane(draw, task, outputs):
    x = torch.randn(50, 2, generator=draw)
    y = torch.randint(max(2, outputs), (50,), generator=draw)
    about = info((2,), outputs, task, mean=[10.0, -10.0], deviation=[2.0, 4.0])
    with torch.random.fork_rng():
        network = torch.nn.Linear(2, outputs)
    told = evidence.boundary({7: network}, Part(x, y), about, task)
    assert told is not None
    grid = torch.frombuffer(bytearray(base64.b64decode(told["trials"][0]["values"])), dtype=torch.uint8)
    grid = grid.reshape(evidence.GRID, evidence.GRID)
    for i, j in [(0, 0), (3, 50), (59, 12)]:
        place = torch.tensor([(told["x"][j] - 10) / 2, (told["y"][i] + 10) / 4])
        said = network(place).detach()
        expected = said.sigmoid()[0] * 255 if outputs == 1 else said.argmax()
        assert abs(float(grid[i, j]) - float(expected)) <= (1 if outputs == 1 else 0)
    assert told["points"][0][:2] == pytest.approx([float(x[0, 0] * 2 + 10), float(x[0, 1] * 4 - 10)], rel=1e-3)


def test_only_two_features_have_a_boundary():
    part = Part(torch.zeros(3, 4), torch.zeros(3))
    assert evidence.boundary({}, part, info((4,), 1, "binary"), "binary") is None
