"""From a name or a path to a study; every mistake at once, each with its place and the way out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.study.load import StudyFileError, load
from workbench.study.space import Choice, Fixed, FloatRange, IntRange

DATA = '[data]\nsource = "digits"\n'
BINARY = 'name = "x"\ntask = "binary"\n'

MNIST_SMALL = """
name = "mnist-small"
task = "multiclass"                 # binary | multiclass | multilabel
metric = "accuracy"                 # of the validation part; maximized
[data]
source = "mnist"                    # a registered data set, or "file.py:function" returning arrays
train = 4096                        # the first 4,096 training images; omitted: all that validation leaves
validation = 1024                   # the 1,024 that follow
standardize = true                  # mean and deviation of the training part; false: inputs in [0, 1]
[model]
family = "mlp"                      # or "file.py:build" returning an nn.Module from the point's values
[space]
depth = { int = [1, 3] }
units = { int = [10, 128], log = true, per = "depth" }
activation = { choice = ["relu", "tanh", "gelu"] }
optimizer = "sgd"                   # a plain value is fixed
momentum = { float = [0.0, 0.95], when = { optimizer = "sgd" } }
lr = { float = [1e-3, 1e-1], log = true }
batch_size = 64
epochs = 5
[budget]
trials = 40
timeout = "30m"
[search]
sampler = "tpe"                     # tpe | random | qmc | gp | cmaes | grid | nsga2
pruner = "hyperband"                # hyperband | median | halving | none
seed = 0
"""


def test_the_example_of_the_manual_loads_as_it_stands(write):
    spec = load(str(write(text=MNIST_SMALL)))
    assert (spec.name, spec.task, spec.metric, spec.model.family) == (
        "mnist-small",
        "multiclass",
        "accuracy",
        "mlp",
    )
    assert (spec.data.source, spec.data.train, spec.data.validation, spec.data.standardize) == (
        "mnist",
        4096,
        1024,
        True,
    )
    assert (spec.budget.trials, spec.budget.seconds) == (40, 1800)
    assert (spec.search.sampler, spec.search.pruner, spec.search.seed) == ("tpe", "hyperband", 0)
    assert dict(spec.space) == {
        "depth": IntRange(bounds=(1, 3)),
        "units": IntRange(bounds=(10, 128), log=True, per="depth"),
        "activation": Choice(options=["relu", "tanh", "gelu"]),
        "optimizer": Fixed(value="sgd"),
        "momentum": FloatRange(bounds=(0.0, 0.95), when={"optimizer": "sgd"}),
        "lr": FloatRange(bounds=(1e-3, 1e-1), log=True),
        "batch_size": Fixed(value=64),
        "epochs": Fixed(value=5),
    }


def test_a_study_in_which_nothing_is_searched_is_one_point(write):
    assert dict(load(str(write("depth = 2\nunits = [20, 10]"))).space)["units"] == Fixed(value=[20, 10])
    assert dict(load(str(write(""))).space) == {}


def test_whole_numbers_will_do_as_bounds_of_a_float(write):
    bounds = load(str(write("dropout = { float = [0, 0.5] }\nweight_decay = { float = [0, 1] }"))).space
    assert bounds["dropout"] == FloatRange(bounds=(0.0, 0.5))
    assert bounds["weight_decay"] == FloatRange(bounds=(0.0, 1.0))


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(write):
    path = write("depth = 2")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load(str(path)).space["depth"] == Fixed(value=2)


EVERYTHING_WRONG = """
nane = "x"
task = "multi"
trials = 3
[data]
sorce = "digits"
train = "abc"
validation = 0.2
standardize = 1
[model]
family = "mpl"
[space]
depth = { int = [3, 1] }
units = { int = [1, 8], per = "dept" }
lr = { float = [0, 1e-1], log = true }
momentun = 0.9
optimizer = "sdg"
epochs = { choice = [] }
dropout = { floats = [0, 1] }
activation = { choice = ["relu"], int = [1, 2] }
seed = 1
[budget]
trials = 0
timeout = "1 hour"
[search]
sampler = "tpee"
seed = -1
[extra]
a = 1
"""


def test_every_mistake_of_a_file_is_reported_at_once(write):
    path = write(text=EVERYTHING_WRONG)
    with pytest.raises(StudyFileError) as caught:
        load(str(path))
    found = {mistake.path: (mistake.message, mistake.hint) for mistake in caught.value.mistakes}
    assert found == {
        "nane": ("unknown key", "did you mean name?"),
        "trials": ("unknown key", "it belongs in [budget]"),
        "extra": (
            "unknown key",
            "known here: name, description, task, metric, loss, data, model, space, enqueue, budget, search, "
            "confirm",
        ),
        "name": ("is missing", 'add name = "..." at the top of the file'),
        "task": ('must be "binary", "multiclass" or "multilabel", got "multi"', "did you mean multilabel?"),
        "data.source": ("is missing", 'add source = "digits", or another data set, or "file.py:function"'),
        "data.sorce": ("unknown key", "did you mean source?"),
        "data.train": ('must be a whole number, got "abc"', None),
        "data.validation": ('must be a whole number, or folds such as "5-fold", got 0.2', None),
        "data.standardize": ("must be true or false, got 1", None),
        "model.family": ('there is no family "mpl"', "did you mean mlp?"),
        "space.depth.int": ("low 3 is above high 1", "write int = [1, 3]"),
        "space.units.per": ('there is no parameter "dept" in [space]', "did you mean depth?"),
        "space.lr": (
            "a log scale needs low > 0, got 0.0",
            "begin above 0, for instance float = [0.0001, 0.1], or drop log = true",
        ),
        "space.momentun": (
            "neither the trainer nor the family mpl understands this name",
            "did you mean momentum?",
        ),
        "space.optimizer": ('must be one of sgd, adam, adamw, rmsprop, got "sdg"', "did you mean sgd?"),
        "space.epochs.choice": ("is empty", 'list what to choose from, for instance choice = ["relu", "tanh"]'),
        "space.dropout": ("a table needs one of int, float and choice", "did you mean float?"),
        "space.activation": ("has both int and choice", "keep one: activation is of one kind"),
        "space.seed": (
            "neither the trainer nor the family mpl understands this name",
            "it belongs in [search]",
        ),
        "budget.trials": ("must be above 0, got 0", None),
        "budget.timeout": ('"1 hour" is not a duration above 0', 'write "90s", "30m", "2h" or "1h30m"'),
        "search.sampler": (
            'must be "tpe", "random", "qmc", "gp", "cmaes", "grid" or "nsga2", got "tpee"',
            "did you mean tpe?",
        ),
        "search.seed": ("must be at least 0, got -1", None),
    }
    assert len(found) == len(caught.value.mistakes), "nothing is said twice"
    for line in str(caught.value).splitlines():
        assert line.startswith((f"{path}: ", "    ")), "every mistake stands with its file"


@pytest.mark.parametrize(
    ("text", "path", "message", "hint"),
    [
        ('name = "x\n', "line 1, column 10", "not valid TOML: illegal character", "quotes"),
        ('name = "x"\ntask multiclass\n', "line 2, column 6", "not valid TOML: expected '='", "quotes"),
        ('name = "x"\nname = "y"\n', "line 2, column 11", "not valid TOML: cannot overwrite", "quotes"),
        ("lr = [1, 2", "end of file", "not valid TOML: unclosed array", "quotes"),
        ("lr = " + "[" * 5000, "(file)", "nested too deeply", None),
        ("lr = " + "1" * 5000, "(file)", "not valid TOML: exceeds the limit", "quotes"),
    ],
    ids=["text-left-open", "no-equals-sign", "twice", "list-left-open", "deep", "huge"],
)
def test_what_is_no_toml_is_told_with_line_and_column(write, text, path, message, hint):
    with pytest.raises(StudyFileError) as caught:
        load(str(write(text=text)))
    (mistake,) = caught.value.mistakes
    assert mistake.path == path
    assert message in mistake.message
    assert (hint or "") in (mistake.hint or "")


def test_a_file_that_is_not_utf8_is_told_with_its_line(write):
    path = write("depth = 1")
    path.write_bytes(b'name = "x"\ntask = "caf\xe9"\n')
    with pytest.raises(StudyFileError, match=r"tried.toml: line 2: this is not UTF-8 text"):
        load(str(path))


@pytest.mark.parametrize(
    ("change", "path", "message", "hint"),
    [
        ({"top": 'name = "../up"\ntask = "binary"\n'}, "name", "the first a letter or digit", None),
        ({"top": 'name = "a b"\ntask = "binary"\n'}, "name", 'got "a b"', None),
        ({"top": 'name = "x"\ntask = "binary"\nfolder = "/"\n'}, "folder", "unknown key", "known here"),
        ({"top": 'name = "x"\ntask = 3\n'}, "task", 'must be "binary", "multiclass" or "multilabel", got 3', None),
        (
            {"top": 'name = "x"\ntask = "binary"\nmetric = ["accuracy", "f1"]\n'},
            "metric", 'got ["accuracy", "f1"]', 'only be the size: metric = ["accuracy", "parameters"]',
        ),
        (
            {"top": 'name = "x"\ntask = "multiclass"\nmetric = "f1-micro"\n'},
            "metric", '"f1-micro" is not measured of a multiclass task', 'write "accuracy", "balanced-accuracy"',
        ),
        (
            {"top": 'name = "x"\ntask = "binary"\nmetric = "acuracy"\n'},
            "metric", 'log-loss" or "calibration-error", got "acuracy"', "did you mean accuracy?",
        ),
        ({"data": 'data = "mnist"\n'}, "data", 'must be a section, got "mnist"', "write [data] on a line"),
        ({"data": ""}, "data", "is missing", "add a section [data]"),
        ({"data": '[data]\nsource = "digits"\ntask = "binary"\n'}, "data.task", "unknown key", "before the first"),
        ({"data": '[data]\nsource = "digits"\nlr = 1\n'}, "data.lr", "unknown key", "it belongs in [space]"),
        ({"data": '[data]\nsource = "nets.py"\n'}, "data.source", "does not name a function", '"nets.py:function"'),
        ({"data": '[data]\nsource = "gone.py:f"\n'}, "data.source", "there is no such file", "folder of the study"),
        ({"data": f"{DATA}positive = [1]\n"}, "data.positive", "tells two classes apart", 'task = "binary"'),
        ({"top": BINARY, "data": f"{DATA}positive = []\n"}, "data.positive", "is empty", "name at least one"),
        ({"top": BINARY, "data": f"{DATA}positive = [1, 2, 1]\n"}, "data.positive", "names 1 twice", None),
        ({"top": BINARY, "data": f"{DATA}positive = [1.5, true]\n"}, "data.positive", "a list of classes", None),
        ({"top": BINARY, "data": f"{DATA}positive = 3\n"}, "data.positive", "must be a list of classes", None),
        ({"more": '[model]\nfamily = "net.py:"\n'}, "model.family", "does not name a function", "net.py:f"),
        ({"more": '[model]\nfamily = "vit"\n'}, "model.family", 'there is no family "vit"', "families: mlp, cnn"),
        ({"more": "[budget]\ntimeout = 90\n"}, "budget.timeout", "must be text in quotes, got 90", '"30m"'),
        ({"more": "[search]\nseed = 2147483648\n"}, "search.seed", "must be below 2147483648", None),
        ({"more": '[search]\npruner = "medium"\n'}, "search.pruner", 'got "medium"', "did you mean median?"),
        ({"more": "[search]\nwindow = 10\n"}, "search.window", "must be at least 100, got 10", None),
        (
            {"more": '[search]\nsampler = "random"\nwindow = 1000\n'},
            "search.window",
            'does nothing with the sampler "random"',
            "leave it out",
        ),
    ],
)  # fmt: skip
def test_a_mistake_outside_the_space_says_where_and_what_would_be_right(write, change, path, message, hint):
    with pytest.raises(StudyFileError) as caught:
        load(str(write(**change)))
    (mistake,) = caught.value.mistakes
    assert mistake.path == path
    assert message in mistake.message
    assert (hint or "") in (mistake.hint or "")


def test_a_file_without_a_space_says_so(write):
    with pytest.raises(StudyFileError, match=r"space: is missing\n +add a section \[space\]"):
        load(str(write(text='name = "x"\ntask = "binary"\n[data]\nsource = "circles"\n')))


def test_a_folder_and_a_file_that_is_not_there_are_told(tmp_path):
    (tmp_path / "a.toml").mkdir()
    with pytest.raises(WorkbenchError, match="is a folder, not a study file"):
        load(str(tmp_path / "a.toml"))
    with pytest.raises(WorkbenchError, match="there is no such file"):
        load(str(tmp_path / "b.toml"))
    with pytest.raises(WorkbenchError, match="there is no such file"):
        load("a" * 5000 + ".toml")


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_told(write):
    path = write("depth = 1")
    path.chmod(0)
    with pytest.raises(WorkbenchError, match="cannot be read: Permission denied"):
        load(str(path))


def test_listing_the_studies_loads_nothing_slow():
    code = (
        "import sys; from workbench.study.load import summaries; assert summaries(); "
        "print(sorted({'pydantic', 'torch', 'optuna', 'sklearn', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_home_of_a_study_is_the_folder_of_its_file(write, tmp_path, monkeypatch):
    path = write("depth = 1")
    monkeypatch.chdir(tmp_path.parent)
    assert load(str(path.relative_to(tmp_path.parent))).folder == tmp_path.resolve()
    assert "folder" not in load(str(path)).resolved()


def test_a_function_of_the_users_may_have_names_of_its_own(write, tmp_path):
    (tmp_path / "net.py").write_text("def build(kernel): ...\n", encoding="utf-8")
    more = '[model]\nfamily = "net.py:build"'
    spec = load(str(write("kernel = { choice = [3, 5] }\nlr = 0.1", more=more)))
    assert isinstance(spec.space["kernel"], Choice)
    with pytest.raises(StudyFileError, match=r"space.lr: must be a number above 0, got 0"):
        load(str(write("kernel = 3\nlr = 0.0", more=more)))
    with pytest.raises(StudyFileError, match=r"space.k_1: is also the name of one value of k, which is repeated"):
        load(str(write("depth = 2\nk = { int = [1, 2], per = 'depth' }\nk_1 = 3", more=more)))
    with pytest.raises(StudyFileError, match=r"space.outputs: outputs is given by the data"):
        load(str(write("outputs = 3", more=more)))


def test_no_path_in_a_name_leads_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "studies").mkdir()
    for name in ("..", ".", "", "digits\0", "../digits", "a\nb"):
        with pytest.raises(WorkbenchError):
            load(name)
    assert Path("studies").is_dir()


@pytest.mark.parametrize(
    ("said", "path", "message", "hint"),
    [
        ('validation = "1-fold"', "data.validation",
         '"1-fold" is not a number of folds; one fold leaves nothing to train on', "2-fold"),
        ('validation = "five-fold"', "data.validation", '"five-fold" is not a number of folds', '"5-fold"'),
        ('validation = "21-fold"', "data.validation", '"21-fold" is not a number of folds', '"20-fold"'),
        ('validation = "5"', "data.validation", '"5" is not a number of folds', '"5-fold"'),
        ("validation = 0", "data.validation", "must be above 0, got 0", None),
        ("validation = true", "data.validation", "must be a whole number, or folds", None),
        ('validation = "5-fold"\ntrain = 100', "data.train",
         'nothing for it to do: with validation = "5-fold"', "drop it"),
    ],
)  # fmt: skip
def test_folds_that_cannot_be_are_mistakes(write, said, path, message, hint):
    with pytest.raises(StudyFileError) as caught:
        load(str(write(text=FOLDS.format(said))))
    [mistake] = caught.value.mistakes
    assert mistake.path == path
    assert mistake.message.startswith(message)
    assert hint is None or hint in mistake.hint


FOLDS = """
name = "folds"
task = "multiclass"
[data]
source = "digits"
{}
[space]
lr = 0.1
"""


@pytest.mark.parametrize(
    ("said", "folds", "examples"), [('"5-fold"', 5, None), ('"20-fold"', 20, None), ("7", None, 7)]
)
def test_validation_is_a_number_of_examples_or_of_folds(write, said, folds, examples):
    data = load(str(write(text=FOLDS.format(f"validation = {said}")))).data
    assert (data.folds, data.examples_to_validate) == (folds, examples)
    set_by_hand = load(str(write(text=FOLDS.format(""))), [f"data.validation={said.strip(chr(34))}"]).data
    assert set_by_hand == data
