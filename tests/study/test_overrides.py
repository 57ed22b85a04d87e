"""Keys of the file replaced from the command line."""

from __future__ import annotations

import pytest

from workbench.errors import WorkbenchError
from workbench.study.load import StudyFileError, load
from workbench.study.space import Choice, Fixed, FloatRange, IntRange

SPACE = """
depth = { int = [1, 9], step = 2 }
units = { int = [4, 8], log = true, per = "depth" }
optimizer = "sgd"
momentum = { float = [0.0, 0.9], when = { optimizer = "sgd" } }
lr = 0.1
"""


@pytest.mark.parametrize(
    ("override", "name", "expected"),
    [
        ("space.lr.float=[1e-4,1e-2]", "lr", FloatRange(bounds=(1e-4, 1e-2))),
        ("space.lr = 0.5", "lr", Fixed(value=0.5)),
        ("space.lr={ float = [0.1, 1], log = true }", "lr", FloatRange(bounds=(0.1, 1.0), log=True)),
        ("space.momentum.float=[0.5,0.9]", "momentum", FloatRange(bounds=(0.5, 0.9), when={"optimizer": "sgd"})),
        ("space.momentum=0.9", "momentum", Fixed(value=0.9)),
        ("space.depth.int=[1,3]", "depth", IntRange(bounds=(1, 3), step=2)),
        ("space.depth.choice=[1,4]", "depth", Choice(options=[1, 4])),
        ("space.units.choice=[4,8]", "units", Choice(options=[4, 8], per="depth")),
        ('space.activation.choice=["relu","tanh"]', "activation", Choice(options=["relu", "tanh"])),
        ("space.optimizer=sgd", "optimizer", Fixed(value="sgd")),
    ],
)
def test_a_parameter_is_replaced_as_a_whole_or_in_part(write, override, name, expected):
    path = str(write(SPACE))
    before, after = load(path), load(path, [override])
    assert after.space[name] == expected
    assert {k: v for k, v in after.space.items() if k != name} == {
        k: v for k, v in before.space.items() if k != name
    }


def test_what_does_not_fit_the_new_kind_is_dropped(write):
    path = str(write("weight_decay = { float = [0.0, 1.0], step = 0.5 }\nlr = { float = [0.1, 1], log = true }"))
    spec = load(path, ["space.weight_decay.int=[1,4]", "space.lr.choice=[0.1,0.2]"])
    assert spec.space["weight_decay"] == IntRange(bounds=(1, 4))
    assert spec.space["lr"] == Choice(options=[0.1, 0.2])
    assert load(path, ["space.lr.int=[1,4]"]).space["lr"] == IntRange(bounds=(1, 4), log=True)


def test_several_overrides_apply_in_their_order(write):
    spec = load(
        str(write(SPACE)), ["space.lr.float=[1e-4,1e-2]", "space.lr.log=true", "budget.trials=5", "budget.trials=6"]
    )
    assert spec.space["lr"] == FloatRange(bounds=(1e-4, 1e-2), log=True)
    assert spec.budget.trials == 6


def test_words_need_no_quotes_and_sections_need_not_be_there(write):
    spec = load(
        str(write(SPACE)), ["search.sampler=random", "budget.timeout=90s", "data.root=/some/where", "name=other"]
    )
    assert (spec.search.sampler, spec.budget.seconds, spec.data.root, spec.name) == (
        "random",
        90,
        "/some/where",
        "other",
    )


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("space.lr", "this is not KEY=VALUE"),
        ("space.lr=", "this is not KEY=VALUE"),
        ("=3", "this is not KEY=VALUE"),
        ("space..lr=3", "this is not KEY=VALUE"),
        ("task.x=1", "task is a plain value, not a table"),
        ("space.lr.low=1", "space.lr is a plain value, not a table"),
        ("data.source.x.y=1", "data.source is a plain value, not a table"),
        ("space.activation.choice=[relu, tanh]", "the value is not valid TOML"),
        ("space.lr.float=[1e-4,1e-2", "the value is not valid TOML"),
    ],
)
def test_an_override_that_cannot_be_read_is_named(write, override, says):
    with pytest.raises(WorkbenchError) as caught:
        load(str(write(SPACE)), ["budget.trials=3", override])
    assert caught.value.message == f"--set {override}: {says}"


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("budget.trails=5", "budget.trails: unknown key\n    did you mean trials?"),
        ("bugdet.trials=5", "bugdet: unknown key\n    did you mean budget?"),
        ("budget.trials=many", 'budget.trials: must be a whole number, got "many"'),
        ("space.lr.float=[1,0.1]", "space.lr.float: low 1.0 is above high 0.1\n    write float = [0.1, 1.0]"),
        ("space.lr.log=true", "space.lr: a table needs one of int, float and choice"),
        ("space.optimiser=adam", "space.optimiser: neither the trainer nor the family mlp understands this name"),
        ("space.dropout=True", 'space.dropout: must be a number at least 0 and below 1, got "True"'),
        ("space=3", "space: must be a section, got 3"),
    ],
)
def test_what_an_override_says_is_checked_as_if_the_file_said_it(write, override, says):
    with pytest.raises(StudyFileError) as caught:
        load(str(write(SPACE)), [override])
    assert f"--set {override}: {says}" in str(caught.value)


def test_a_value_cannot_smuggle_in_other_keys(write):
    with pytest.raises(StudyFileError, match="must be a whole number"):
        load(str(write(SPACE)), ["budget.trials=3\nname = 'x'"])
