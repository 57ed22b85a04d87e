"""[[enqueue]]: what a point becomes, and what is said of one that cannot be."""

from __future__ import annotations

import json

import pytest

from workbench.errors import WorkbenchError
from workbench.study.check import check
from workbench.study.identity import differences, identity
from workbench.study.load import StudyFileError, load
from workbench.study.space import inside

SPACE = """
depth = { int = [1, 3] }
units = { int = [10, 128], log = true, per = "depth" }
activation = { choice = ["tanh", "relu"] }
optimizer = { choice = ["adam", "sgd"] }
momentum = { float = [0.0, 0.95], when = { optimizer = "sgd" } }
lr = { float = [1e-3, 1e-1], log = true }
batch_size = 32
epochs = 5
"""


def point(text: str, table: str) -> str:
    return f'[[enqueue]]\nname = "{text}"\n{table}\n'


def points(write, more: str, space: str = SPACE, **parts: str):
    return [one.point for one in load(str(write(space, more=more, **parts))).enqueue]


def test_what_is_not_said_is_the_spaces_fixed_value_or_the_default_and_never_a_draw(write):
    [lesson] = points(write, point("lesson", 'depth = 2\nunits = [50, 20]\noptimizer = "sgd"\nlr = 1'))
    assert lesson == {
        "depth": 2, "units": [50, 20], "activation": "relu", "optimizer": "sgd", "momentum": 0.0, "lr": 1.0,
        "batch_size": 32, "epochs": 5,
    }  # fmt: skip
    assert list(lesson)[:2] == ["depth", "units"]


def test_a_word_that_does_not_count_at_the_point_is_not_in_it(write):
    [adam] = points(write, point("adam", ""))
    assert "momentum" not in adam
    [fixed] = points(write, point("adam", 'optimizer = "adam"'), 'optimizer = "sgd"\nmomentum = 0.9')
    assert fixed == {"optimizer": "adam"}


def test_one_number_for_all_layers_is_said_as_the_space_draws_it(write):
    assert [one["units"] for one in points(write, point("a", "units = 30"))] == [[30, 30]]
    assert points(write, point("a", "units = 30\ndepth = 1"), "depth = 2\nunits = { choice = [8, 16] }") == [
        {"depth": 1, "units": 30}
    ]
    assert points(write, point("linear", "depth = 0"))[0]["units"] == []


def test_values_may_lie_outside_the_ranges_and_words_outside_the_space(write):
    more = point("far", 'activation = "none"\nepochs = 100\nlr = 5.0\nbatch_norm = true')
    spec = load(str(write(SPACE, more=more + point("near", "lr = 0.01"))))
    far, near = (one.point for one in spec.enqueue)
    assert (far["activation"], far["epochs"], far["lr"], far["batch_norm"]) == ("none", 100, 5.0, True)
    assert not inside(spec.space, far)
    assert inside(spec.space, near)
    assert not inside(spec.space, near | {"batch_norm": True})


def test_own_names_of_an_own_family_are_left_to_its_function(write, tmp_path):
    (tmp_path / "net.py").write_text("def build(width=3, kernel=5): ...\n", encoding="utf-8")
    space = "width = { int = [1, 9] }\nkernel = 7\ngain = { float = [0.0, 1.0] }\nepochs = 5\n"
    more = '[model]\nfamily = "net.py:build"\n' + point("own", "gain = 1")
    assert points(write, more, space) == [{"kernel": 7, "gain": 1.0, "epochs": 5}]


def mistakes(write, more: str, space: str = SPACE, **parts: str) -> dict[str, tuple[str, str | None]]:
    with pytest.raises(StudyFileError) as caught:
        load(str(write(space, more=more, **parts)))
    return {one.path: (one.message, one.hint) for one in caught.value.mistakes}


def test_every_mistake_of_every_point_is_said_at_once_with_its_place(write):
    found = mistakes(
        write,
        "[[enqueue]]\ndepth = 2\nunits = [50]\nmomentum = 0.9\nfoo = 3\n"
        + point("b", "lr = { float = [1, 2] }\ninput_shape = 3")
        + point("c", 'activation = "nne"\nnesterov = true\noptimizer = "sgd"\nlr = nan')
        + point("d", "")
        + point("d", "depth = 1")
        + point("f", "")
        + point("g", "depth = 1.5\nunits = [[1], 2]\ndropout = [0.1]"),
    )
    assert found == {
        "enqueue.1.name": ("is missing", 'say what it is: name = "the lesson\'s network"'),
        "enqueue.1.units": ("1 values for depth = 2", "set depth = 1, or list as many"),
        "enqueue.1.momentum": ('does nothing: optimizer is "adam"', 'set optimizer = "sgd", or drop momentum'),
        "enqueue.1.foo": (
            "neither the trainer nor the family mlp understands this name",
            found["enqueue.1.foo"][1],
        ),
        "enqueue.2.lr": (
            "must be a plain value, got { float = [1, 2] }",
            "write lr = and the one value that it has here; what is searched stands in [space]",
        ),
        "enqueue.2.input_shape": ("input_shape is given by the data", "leave it out"),
        "enqueue.3.lr": ("must be a finite number, got nan", None),
        "enqueue.3.activation": (
            'must be one of relu, leaky-relu, elu, gelu, silu, tanh, sigmoid, none, got "nne"',
            "did you mean none?",
        ),
        "enqueue.3.nesterov": (
            "needs a momentum above 0, and momentum may be 0",
            "let momentum begin above 0, for instance float = [0.5, 0.95]",
        ),
        "enqueue.5.name": ('"d" is another enqueued point\'s name, too', "rename it"),
        "enqueue.6": ('is the same point as "d"', "drop one of the two"),
        "enqueue.7.depth": ("must be a whole number at least 0, got 1.5", None),
        "enqueue.7.units": ("must be a number, text, true, false or a list of these, got [[1], 2]", None),
        "enqueue.7.dropout": (
            "has one value, not a list, got [0.1]",
            "to search, write dropout = { choice = [0.1] }",
        ),
    }


def test_a_fixed_list_of_the_space_that_does_not_fit_the_point_is_named(write):
    found = mistakes(write, point("a", "depth = 1"), "depth = 2\nunits = [3, 4]")
    hint = "the value is that of [space]; give the point its own: units = ..."
    assert found == {"enqueue.1.units": ("2 values for depth = 1", hint)}


def test_what_is_wrong_with_the_space_is_said_once(write):
    found = mistakes(write, point("a", "depth = 1"), 'lr = -1.0\nactivation = "rel"\nmomentum = 0.9')
    assert set(found) == {"space.lr", "space.activation", "space.momentum"}
    assert set(mistakes(write, point("a", "lr = 0.1"), 'depth = { int = [1, 2], per = "depth" }')) == {
        "space.depth"
    }


@pytest.mark.parametrize("more", ["[enqueue]\nlr = 1", "[[enqueue.x]]\nlr = 1"])
def test_what_is_no_list_of_tables_is_told_how_one_is_written(write, more):
    [(path, (message, hint))] = mistakes(write, more).items()
    assert path == "enqueue"
    assert message.startswith("must be a list of tables")
    assert hint is not None
    assert "[[enqueue]]" in hint


def test_label_smoothing_is_for_cross_entropy_alone(write):
    found = mistakes(
        write,
        point("a", "label_smoothing = 0.2"),
        "label_smoothing = 0.1",
        top='name = "tried"\ntask = "multiclass"\nloss = "nll"\n',
    )
    assert set(found) == {"space.label_smoothing", "enqueue.1.label_smoothing"}


@pytest.mark.parametrize("task", ["binary", "multilabel"])
@pytest.mark.parametrize("loss", ["nll", "cross-entropy"])
def test_a_loss_is_for_classes_that_exclude_one_another(write, task, loss):
    found = mistakes(write, "", top=f'name = "tried"\ntask = "{task}"\nloss = "{loss}"\n')
    assert set(found) == {"loss"}


def test_a_value_is_overridden_from_the_command_line(write):
    path = str(write(SPACE, more=point("a", "lr = 0.01")))
    assert load(path, ["enqueue.1.lr=0.5"]).enqueue[0].point["lr"] == 0.5
    assert load(path, ["enqueue=[]"]).enqueue == ()
    with pytest.raises(WorkbenchError, match=r"there is no enqueue\.2"):
        load(path, ["enqueue.2.lr=0.5"])
    with pytest.raises(StudyFileError, match=r"--set enqueue\.1\.lr=-1: enqueue\.1\.lr: must be a number above 0"):
        load(path, ["enqueue.1.lr=-1"])


def test_a_resolved_study_says_the_same_again(write, tmp_path):
    spec = load(str(write(SPACE, more=point("linear", "depth = 0") + point("b", "units = [3, 4]"))))
    again, wrong = check(json.loads(json.dumps(spec.resolved())), tmp_path)
    assert wrong == []
    assert again is not None
    assert again.enqueue == spec.enqueue


def test_points_are_what_a_study_is_and_their_names_are_not(write):
    def now(more: str) -> dict[str, object]:
        return identity(load(str(write(SPACE, more=more))))

    before = now(point("a", "depth = 1"))
    assert now(point("b", "depth = 1")) == before
    assert differences(before, now(point("a", "depth = 1\nlr = 0.5"))) == ["enqueue.1.lr: 0.001 -> 0.5"]
    assert "loss" not in before
    plain = load(str(write("lr = 0.1", top='name = "tried"\ntask = "multiclass"\n')))
    said = load(str(write("lr = 0.1", top='name = "tried"\ntask = "multiclass"\nloss = "cross-entropy"\n')))
    nll = load(str(write("lr = 0.1", top='name = "tried"\ntask = "multiclass"\nloss = "nll"\n')))
    assert identity(plain) == identity(said)
    assert differences(identity(plain), identity(nll)) == ['loss: (not set) -> "nll"']
