from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from workbench.data.arrays import from_function
from workbench.data.splits import DataInfo, SealedTest, Splits, _spread, divided, load
from workbench.errors import WorkbenchError

Arrays = tuple[Tensor, ...]


def examples(*shape: int, seed: int = 0) -> Tensor:
    """Numbers of no particular mean or deviation."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * 3 + 5


def numbered(n: int, test: int = 0) -> Arrays:
    """n examples of one feature, their place in the source; those of the test part count on."""
    x = torch.arange(n + test).float().reshape(-1, 1)
    y = torch.arange(n + test) % 2
    return (x[:n], y[:n], x[n:], y[n:]) if test else (x, y)


def split(arrays: Any, task: str = "multiclass", **settings: Any) -> tuple[Splits, SealedTest]:
    defaults: dict[str, Any] = {"train": None, "validation": None, "test": None, "standardize": False}
    read = partial(from_function, lambda: arrays, task=task, source="mine.py:load")
    return load("mine.py:load", task=task, read=read, **(defaults | settings))


def places(*parts: Tensor) -> list[list[int]]:
    return [part.flatten().int().tolist() for part in parts]


@pytest.mark.parametrize(
    ("asked", "train", "validation", "test"),
    [
        ({}, range(80), range(80, 100), range(100, 130)),
        ({"train": 30}, range(30), range(30, 50), range(100, 130)),
        ({"validation": 7}, range(93), range(93, 100), range(100, 130)),
        ({"train": 30, "validation": 70}, range(30), range(30, 100), range(100, 130)),
        ({"train": 3, "validation": 2, "test": 4}, range(3), range(3, 5), range(100, 104)),
    ],
)
def test_training_examples_are_the_first_and_validation_follows(
    asked: dict[str, int], train: range, validation: range, test: range
) -> None:
    splits, sealed = split(numbered(100, test=30), **asked)
    assert places(splits.train.x, splits.validation.x) == [list(train), list(validation)]
    assert places(sealed.open().x) == [list(test)]
    assert (splits.info.train, splits.info.validation, splits.info.test) == (len(train), len(validation), len(test))
    assert torch.equal(splits.validation.y, torch.tensor(list(validation)) % 2)


def test_a_source_without_a_test_part_is_shuffled_and_gives_up_a_fifth() -> None:
    splits, sealed = split(numbered(100))
    train, validation, test = places(splits.train.x, splits.validation.x, sealed.open().x)
    assert (len(train), len(validation), len(test)) == (64, 16, 20)
    assert sorted(train + validation + test) == list(range(100))
    assert sum(place < 50 for place in test) in range(5, 16)
    assert torch.equal(splits.train.y, splits.train.x.flatten().long() % 2)


def test_its_test_part_is_the_same_whatever_is_asked_of_the_others() -> None:
    _, first = split(numbered(100))
    _, second = split(numbered(100), train=10, validation=3)
    _, larger = split(numbered(100), test=50)
    assert torch.equal(first.open().x, second.open().x)
    assert torch.equal(first.open().x, larger.open().x[-20:])


@pytest.mark.parametrize(
    ("n", "test", "asked", "message"),
    [
        (60, 9, {"validation": 70}, "data.validation: 70 examples asked for, the source has 60: train at least 1"),
        (60, 9, {"validation": 60}, "train at least 1 + validation 60 do not fit"),
        (60, 9, {"train": 61}, "data.train: 61 examples asked for, the source has 60: train 61 + val"),
        (60, 9, {"train": 55}, "train 55 + validation 12 (a fifth, as none is given) do not fit"),
        (60, 9, {"train": 40, "validation": 30}, "data.train: 40 examples asked for, the source has 60: train 40"),
        (60, 9, {"train": 48, "validation": 13}, "train 48 + validation 13 do not fit"),
        (60, 9, {"test": 10}, "data.test: 10 examples asked for, the source's test part has 9"),
        (60, 0, {"test": 60}, "data.test: 60 examples asked for, the source has 60: train at least 1"),
        (60, 0, {"test": 90}, "data.test: 90 examples asked for, the source has 60"),
        (60, 0, {"train": 50}, "train 50 + validation 9 (a fifth, as none is given) + test 12 (a fifth, as none"),
        (5000, 0, {"train": 6000}, "data.train: 6,000 examples asked for, the source has 5,000: train 6,000"),
        (2, 0, {}, "data: the source has 2 examples, too few for three parts"),
    ],
)  # fmt: skip
def test_more_examples_than_there_are_is_an_error_with_the_sum(
    n: int, test: int, asked: dict[str, int], message: str
) -> None:
    with pytest.raises(WorkbenchError) as caught:
        split(numbered(n, test), **asked)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("asked", "counts"),
    [
        ({"train": 4096, "validation": 1024}, (1151, 287, 359)),
        ({"train": 50_000, "validation": 10_000, "test": 10_000}, (1199, 239, 359)),
        ({"validation": 10_000}, (1151, 287, 359)),
        ({"train": 4096, "test": 100}, (1358, 339, 100)),
    ],
)
def test_a_stand_in_gives_in_proportion_what_it_does_not_have(
    asked: dict[str, int], counts: tuple[int, ...], tmp_path: Path
) -> None:
    every: dict[str, Any] = {"train": None, "validation": None, "test": None} | asked
    splits, sealed = load("mnist", task="multiclass", standardize=True, root=tmp_path, **every)
    info = splits.info
    assert (info.train, info.validation, info.test) == counts
    assert (info.train, info.validation, info.test) == (
        len(splits.train),
        len(splits.validation),
        len(sealed.open()),
    )
    assert info.stand_in
    note = next(note for note in info.notes if "scaled down" in note)
    assert f"train = {counts[0]}, validation = {counts[1]}, test = {counts[2]}" in note
    assert all(f"{name} = {count}" in note for name, count in asked.items())


def test_a_stand_in_that_has_enough_gives_what_is_asked_without_a_note(tmp_path: Path) -> None:
    splits, _ = load(
        "mnist", task="multiclass", train=500, validation=100, test=100, standardize=True, root=tmp_path
    )
    assert (len(splits.train), len(splits.validation)) == (500, 100)
    assert not any("scaled down" in note for note in splits.info.notes)


@pytest.mark.parametrize(
    ("shape", "over", "count"),
    [((3,), (0,), 3), ((2, 4, 5), (0, 2, 3), 2), ((4, 5), (0, 1, 2), 1)],
    ids=["per feature", "per channel of images", "one for all"],
)
def test_standardized_training_examples_have_mean_0_and_deviation_1(
    shape: tuple[int, ...], over: tuple[int, ...], count: int
) -> None:
    x = examples(200, *shape) * torch.arange(1, shape[0] + 1).reshape(-1, *[1] * (len(shape) - 1))
    arrays = (x, torch.arange(200) % 3, x[:50] + 1, torch.arange(50) % 3)
    splits, sealed = split(arrays, standardize=True)
    info, (plain, plain_test) = splits.info, split(arrays)
    assert info.mean is not None
    assert info.deviation is not None
    assert len(info.mean) == len(info.deviation) == count
    mean, deviation = splits.train.x.mean(over), splits.train.x.std(over, correction=0)
    torch.testing.assert_close(mean, torch.zeros_like(mean), atol=1e-6, rtol=0)  # 2e-7 seen
    torch.testing.assert_close(deviation, torch.ones_like(mean), atol=1e-6, rtol=0)  # 2e-7 seen
    broadcast = [1 if axis in over else size for axis, size in enumerate((200, *shape))]
    for ours, before in ((splits.validation, plain.validation), (sealed.open(), plain_test.open())):
        back = ours.x * torch.tensor(info.deviation).reshape(broadcast) + torch.tensor(info.mean).reshape(broadcast)
        torch.testing.assert_close(back, before.x, atol=1e-5, rtol=1e-6)  # 2e-6 seen


def test_statistics_come_from_the_training_part_alone() -> None:
    x, y = examples(100, 3), torch.arange(100) % 2
    settings: dict[str, Any] = {"train": 60, "validation": 40, "standardize": True}
    splits, sealed = split((x, y, x, y), **settings)
    other = x.clone()
    other[60:] = other[60:] * 100 + 7
    changed, changed_test = split((other, y, -x, y), **settings)
    assert (changed.info.mean, changed.info.deviation) == (splits.info.mean, splits.info.deviation)
    assert torch.equal(changed.train.x, splits.train.x)
    assert not torch.equal(changed.validation.x, splits.validation.x)
    assert not torch.equal(changed_test.open().x, sealed.open().x)
    other[59] += 1
    assert split((other, y, x, y), **settings)[0].info.mean != splits.info.mean


def test_a_feature_that_never_varies_is_only_shifted() -> None:
    x = examples(90, 3)
    x[:, 1] = 0.1
    splits, _ = split((x, torch.arange(90) % 2, x, torch.arange(90) % 2), train=70, validation=20, standardize=True)
    assert splits.info.deviation is not None
    assert splits.info.deviation[1] == 1
    assert splits.train.x[:, 1].abs().max() == 0


def test_without_standardization_examples_stay_as_they_are() -> None:
    x = examples(10, 2)
    y = torch.arange(10) % 2
    splits, sealed = split((x, y, x, y))
    assert torch.equal(splits.train.x, x[:8])
    assert torch.equal(sealed.open().x, x)
    assert (splits.info.mean, splits.info.deviation) == (None, None)


def test_parts_are_contiguous_copies_and_the_source_is_left_as_it_was() -> None:
    x, y = examples(3, 50).T, torch.arange(50) % 2
    before = x.clone()
    splits, sealed = split((x, y, x, y), standardize=True)
    assert torch.equal(x, before)
    tensors = [splits.train.x, splits.validation.x, sealed.open().x, sealed.open().x]
    assert all(tensor.is_contiguous() for tensor in tensors)
    assert len({tensor.untyped_storage().data_ptr() for tensor in tensors}) == 4


def test_the_test_part_is_the_same_each_time_it_is_opened_and_in_no_public_attribute() -> None:
    splits, sealed = split(numbered(40), standardize=True)
    first = sealed.open()
    first.x.zero_()
    assert sealed.open().x.abs().max() > 0
    assert torch.equal(sealed.open().x, sealed.open().x)
    assert [name for name in vars(sealed) if not name.startswith("_")] == []
    assert set(vars(splits)) == {"train", "validation", "info", "folds", "fold"}


@pytest.mark.parametrize(
    ("task", "label", "outputs"),
    [
        ("binary", lambda n: torch.arange(n) % 2, 1),
        ("multiclass", lambda n: torch.arange(n) % 4, 4),
        ("multilabel", lambda n: torch.arange(n * 5).reshape(n, 5) % 3 == 0, 5),
    ],
)
def test_info_says_what_a_model_needs_and_survives_json(
    task: str, label: Callable[[int], Tensor], outputs: int
) -> None:
    splits, _ = split((examples(20, 1, 6, 6), label(20)), task=task, standardize=True)
    info = splits.info
    assert (info.name, info.task, info.stand_in) == ("mine.py:load", task, False)
    assert (info.input_shape, info.outputs) == ((1, 6, 6), outputs)
    assert DataInfo.from_dict(json.loads(json.dumps(info.as_dict()))) == info


def test_labels_that_training_never_shows_are_noted_and_still_get_an_output() -> None:
    y = torch.tensor([0, 1] * 4 + [1, 2])
    splits, _ = split((examples(10, 2), y, examples(2, 2), torch.tensor([3, 0])))
    assert splits.info.outputs == 4
    way_out = "They need more examples, or to be left out."
    assert splits.info.notes == (
        f"The validation part has 1 label(s) that the training part never shows: 2. {way_out}",
        f"The test part has 1 label(s) that the training part never shows: 3. {way_out}",
    )
    many = torch.tensor([[1, 0]] * 8 + [[0, 1]] * 2)
    splits, _ = split((examples(10, 2), many, examples(2, 2), many[:2]), task="multilabel")
    assert "the training part never shows: 1. " in "".join(splits.info.notes)
    arrays = {"x": examples(10, 2), "y": y, "test_x": examples(2, 2), "test_y": [3, 0], "classes": "abcd"}
    splits, _ = split(arrays)
    assert ["never shows: c. " in splits.info.notes[0], "never shows: d. " in splits.info.notes[1]] == [True, True]


def test_md5_tells_the_training_and_validation_examples_as_the_source_gave_them() -> None:
    x, y = examples(20, 2), torch.arange(20) % 2

    def md5(x: Tensor, y: Tensor, test_x: Tensor = x, standardize: bool = False) -> str:
        return split((x, y, test_x, torch.arange(20) % 2), standardize=standardize)[0].info.md5

    other_x, other_y = x.clone(), y.clone()
    other_x[19, 1] += 1
    other_y[3] = 0
    assert md5(x, y) == md5(x, y, standardize=True) == md5(x, y, test_x=-x)
    assert len({md5(x, y), md5(other_x, y), md5(x, other_y)}) == 3


def test_all_parts_lie_on_the_device() -> None:
    splits, sealed = split(numbered(10), standardize=True, device="meta")
    test = sealed.open()
    tensors = (splits.train.x, splits.train.y, splits.validation.x, splits.validation.y, test.x, test.y)
    assert {tensor.device.type for tensor in tensors} == {"meta"}


def test_mnist_has_its_well_known_mean_and_deviation(image_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_DATA", str(image_data))
    settings: dict[str, Any] = {"task": "multiclass", "test": 1000, "standardize": True}
    splits, sealed = load("mnist", train=None, validation=1, **settings)
    assert splits.info.mean == pytest.approx([0.1307], abs=5e-5)
    assert splits.info.deviation == pytest.approx([0.3081], abs=5e-5)
    assert (splits.info.input_shape, splits.info.outputs, len(sealed.open())) == ((1, 28, 28), 10, 1000)
    assert splits.train.y[:5].tolist() == [5, 0, 4, 1, 9]  # as published: unshuffled
    small, _ = load("mnist", train=4096, validation=1024, **settings)
    torch.testing.assert_close(
        small.validation.x[0] * small.info.deviation[0] + small.info.mean[0],  # type: ignore[index]
        splits.train.x[4096] * splits.info.deviation[0] + splits.info.mean[0],  # type: ignore[index]
    )


@pytest.mark.parametrize(
    ("source", "task"), [("iris", "multiclass"), ("wine", "multiclass"), ("breast-cancer", "binary")]
)
def test_small_sets_deal_out_each_class_evenly(source: str, task: str) -> None:
    splits, sealed = load(source, task=task, train=None, validation=None, test=None, standardize=True)
    whole = torch.cat([part.y for part in (splits.train, splits.validation, sealed.open())]).long().bincount()
    for part in (splits.train, splits.validation, sealed.open()):
        expected = whole * len(part) / int(whole.sum())
        assert (part.y.long().bincount() - expected).abs().max() <= 1.0


def test_an_order_that_deals_out_classes_is_a_permutation_and_keeps_a_lone_example_in_training() -> None:
    y = torch.tensor([0] * 60 + [1] * 39 + [2])
    order = _spread(y, torch.randperm(100, generator=torch.Generator().manual_seed(3)))
    assert sorted(order.tolist()) == list(range(100))
    assert order.tolist().index(99) in range(40, 60)
    assert y[order[:10]].bincount().tolist() == [6, 4]


def classes(counts: list[int]) -> Arrays:
    """So many examples of each class, each known by its number."""
    y = torch.cat([torch.full((count,), kind) for kind, count in enumerate(counts)])
    return torch.arange(len(y)).float().reshape(-1, 1), y


def test_every_example_but_those_of_the_test_part_is_validated_in_one_fold() -> None:
    splits, sealed = split(classes([41, 30, 29]), folds=4)
    assert splits.folds is not None
    found = [splits.folds.fold(i) for i in range(4)]
    every = set(splits.folds.part.x.flatten().int().tolist())
    assert len(every) == 80
    assert every.isdisjoint(sealed.open().x.flatten().int().tolist())
    seen = []
    for fold in found:
        train, validation = places(fold.train.x, fold.validation.x)
        assert sorted(train + validation) == sorted(every)
        assert (fold.info.train, fold.info.validation) == (len(train), len(validation)) == (60, 20)
        seen += validation
    assert sorted(seen) == sorted(every)
    assert (splits.info.folds, splits.info.train, splits.info.validation, splits.info.test) == (4, 60, 80, 20)
    assert torch.equal(splits.train.x, found[0].train.x)
    assert len(splits.folds.whole().train) == 80


@pytest.mark.parametrize("count", [2, 3, 7, 20])
@pytest.mark.parametrize("task", ["multiclass", "binary", "multilabel"])
def test_folds_are_alike_in_size_and_in_classes(count: int, task: str) -> None:
    y = classes([55, 23, 31])[1]
    kinds = y
    if task == "binary":
        y = kinds = (y == 1).float()
    elif task == "multilabel":
        y = torch.stack([y == 1, y > 0], 1).float()
    folds = divided(y, count)
    sizes = torch.bincount(folds, minlength=count)
    assert sizes.max() - sizes.min() <= 1
    for kind in kinds.unique():
        there = torch.bincount(folds[kinds == kind], minlength=count)
        assert there.max() - there.min() <= 1


def test_a_division_is_always_the_same_and_each_another() -> None:
    y = classes([50, 50])[1]
    assert torch.equal(divided(y, 5), divided(y, 5))
    assert (divided(y, 5) != divided(y, 5, 1)).any()


def test_each_fold_is_standardized_by_its_own_training_part_and_the_test_part_by_all() -> None:
    x = examples(100, 3)
    splits, sealed = split((x, torch.arange(100) % 2), folds=5, standardize=True)
    plain, raw = split((x, torch.arange(100) % 2), folds=5)
    assert splits.folds is not None
    assert plain.folds is not None
    for i in range(5):
        fold, as_given = splits.folds.fold(i), plain.folds.fold(i)
        mean, deviation = as_given.train.x.mean(0), as_given.train.x.std(0, correction=0)
        torch.testing.assert_close(fold.train.x, (as_given.train.x - mean) / deviation)
        torch.testing.assert_close(fold.validation.x, (as_given.validation.x - mean) / deviation)
        assert fold.info.mean == pytest.approx(mean.tolist())
    every = plain.folds.part.x
    mean, deviation = every.mean(0), every.std(0, correction=0)
    torch.testing.assert_close(splits.folds.whole().train.x, (every - mean) / deviation)
    torch.testing.assert_close(sealed.open().x, (raw.open().x - mean) / deviation)
    assert splits.info.mean == pytest.approx(mean.tolist())


def test_a_fold_is_made_once_as_long_as_somebody_holds_it() -> None:
    splits, _ = split(classes([50, 50]), folds=5)
    assert splits.folds is not None
    one = splits.folds.fold(3)
    assert splits.folds.fold(3) is one
    assert splits.folds.fold(3, 1) is not one


@pytest.mark.parametrize(
    ("counts", "folds", "message", "hint"),
    [
        (
            [100, 12],
            20,
            r'"20-fold", but of class 1 there are only \d+ examples outside the test',
            '-fold" at most',
        ),
        ([100, 1], 2, "of class 1 there are only", "leave data.validation out"),
    ],
)
def test_more_folds_than_the_rarest_class_has_examples_are_refused(
    counts: list[int], folds: int, message: str, hint: str
) -> None:
    x, y = classes(counts)
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))
    arrays = x[order], y[order]
    with pytest.raises(WorkbenchError, match=message) as caught:
        split((*arrays, *arrays), folds=folds)
    assert hint in str(caught.value.hint)


def test_divisions_into_other_counts_are_other_data() -> None:
    digests = {split(classes([50, 50]), folds=folds)[0].info.md5 for folds in (None, 2, 5)}
    assert len(digests) == 3


def test_a_stand_in_is_divided_into_folds_as_any_source(tmp_path: Path) -> None:
    splits, sealed = load(
        "mnist", task="multiclass", train=None, validation=None, test=500, standardize=True, folds=5, root=tmp_path
    )
    assert splits.info.stand_in
    assert splits.info.validation + len(sealed.open()) == 1797


def test_examples_sorted_by_class_cannot_give_up_their_end_to_validation() -> None:
    x, y = examples(30, 2), torch.arange(3).repeat_interleave(10)
    with pytest.raises(WorkbenchError, match="its 30 examples are sorted by class") as caught:
        split((x, y, x, y))
    assert "permutation(len(x))" in str(caught.value.hint)
    assert split((x, y))[0].info.train == 20
    assert split((x, y, x, y), folds=5)[0].info.folds == 5
    assert split((x, torch.arange(30) % 3, x, y))[0].info.test == 30
