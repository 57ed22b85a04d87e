import pytest
import torch
from torch import nn

from workbench.errors import WorkbenchError
from workbench.models import family, saved
from workbench.models.ignored import ignored
from workbench.study.space import Choice, Fixed, FloatRange, IntRange
from workbench.study.spec import DataSpec, Enqueued, ModelSpec, StudySpec
from workbench.study.user_code import named_by_a_study_file

NET = """
from torch import nn

def build(hidden, input_shape, outputs, dropout=0.0):
    return nn.Sequential(nn.Flatten(), nn.Linear(16, hidden), nn.Dropout(dropout), nn.Linear(hidden, outputs))
"""
SPACE = {"hidden": IntRange(int=(2, 8)), "lr": Fixed(value=0.1)}


@pytest.fixture
def study(tmp_path):
    """A study whose network is the function `build` of the given source."""

    def make(source, space=None, task="multiclass"):
        (tmp_path / "net.py").write_text(source)
        return StudySpec(
            name="own",
            task=task,
            data=DataSpec(source="digits"),
            model=ModelSpec(family="net.py:build"),
            space=SPACE if space is None else space,
            folder=tmp_path,
        )

    return make


def check(spec, outputs=3):
    family.check(spec, (1, 4, 4), outputs)


def test_a_function_gets_what_its_signature_names(study):
    spec = study(NET)
    point = {"hidden": 5, "lr": 0.1, "epochs": 2}
    with torch.random.fork_rng(devices=[]):
        module = family.build("net.py:build", point, (1, 4, 4), 3, folder=spec.folder)
    assert module[1].out_features == 5
    assert module[2].p == 0.0  # the function's own default
    assert module[3].out_features == 3
    assert family.parameter_count(module) == 16 * 5 + 5 + 5 * 3 + 3


def test_a_function_with_kwargs_gets_all_that_is_not_the_trainers(study):
    source = "from torch import nn\ndef build(lr, **rest):\n    net = nn.Linear(1, 1)\n"
    source += "    net.seen = {'lr': lr, **rest}\n    return net\n"
    spec = study(source)
    point = {"hidden": 5, "lr": 0.1, "epochs": 2}
    with torch.random.fork_rng(devices=[]):
        module = family.build("net.py:build", point, (1, 4, 4), 3, folder=spec.folder)
    assert module.seen == {"hidden": 5, "lr": 0.1, "input_shape": (1, 4, 4), "outputs": 3}


def test_frozen_weights_are_not_counted():
    with torch.random.fork_rng(devices=[]):
        module = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    module[0].requires_grad_(False)
    assert family.parameter_count(module) == 3 * 2 + 2


@pytest.mark.parametrize("source", [NET, NET.replace("hidden, input", "hidden, *, input")])
def test_a_sound_function_passes_the_check(study, source):
    check(study(source))


def test_an_enqueued_cnn_that_does_not_fit_is_named(study):
    point = {"blocks": 3, "padding": "none", "kernel": 3, "pool": 1}
    more = {"model": ModelSpec(family="cnn"), "enqueue": (Enqueued(name="the lesson's", point=point),)}
    spec = study(NET, {"blocks": Fixed(value=1)}).model_copy(update=more)
    with pytest.raises(
        WorkbenchError, match=r"enqueue, the lesson's: space: block 2: a kernel of 3 .* its 2×2 input"
    ):
        check(spec)


def told(spec):
    return list(ignored(spec, (1, 4, 4), 3))


def test_a_parameter_that_a_function_names_and_does_not_use_is_told(study):
    space = {"hidden": IntRange(int=(2, 8)), "width": Choice(choice=[1, 2]), "lr": FloatRange(float=(0.1, 1.0))}
    before = torch.random.get_rng_state()
    (line,) = told(study(NET.replace("hidden, input", "hidden, width, input"), space))
    assert line.startswith("space.width does nothing: net.py:build builds the same network at 1 and at 2")
    assert torch.equal(torch.random.get_rng_state(), before)


USED = """
import torch
from torch import nn
import torch.nn.functional as F

class build(nn.Module):
    def __init__(self, wide, kind, rate, spread, layers, how, outputs, **rest):
        super().__init__()
        self._kind, self.rate = kind, rate  # a private name: only answers tell
        self.inner = nn.Linear(16, 4 + wide)
        self.more = nn.ModuleList(nn.Linear(4 + wide, 4 + wide) for _ in how)
        self.last = nn.Linear(4 + wide, outputs)
        with torch.no_grad():
            self.last.weight.mul_(spread)

    def forward(self, x):
        x = F.dropout(self.inner(x.flatten(1)), self.rate, self.training)
        return self.last(x.relu() if self._kind == "relu" else x.tanh())
"""


def test_a_parameter_that_shows_in_sizes_weights_or_answers_is_not_and_one_behind_a_condition_is_seen(study):
    space = {
        "wide": Choice(choice=[False, True]), "kind": Choice(choice=["relu", "tanh"]),
        "rate": FloatRange(float=(0.0, 0.5)), "spread": FloatRange(float=(0.5, 2.0)),
        "layers": IntRange(int=(1, 2)), "how": IntRange(int=(1, 2), per="layers"),
        "unused": IntRange(int=(1, 9), when={"kind": "tanh"}),
    }  # fmt: skip
    lines = told(study(USED, space))
    assert [line.split()[0] for line in lines] == ["space.how", "space.unused"]


def test_the_mlp_passes_the_check(study):
    spec = study(NET, {"depth": Fixed(value=1)}).model_copy(update={"model": ModelSpec(family="mlp")})
    check(spec)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (NET.replace("    return", "    nn.Linear(0.5, 1)\n    return"), ["TypeError", "net.py:5: ", "hidden"]),
        (NET.replace("Linear(16", "Linear(17"), ["RuntimeError", "[1, 4, 4]", "[2, 1, 4, 4] into [2, 3]"]),
        (NET.replace("return nn", "nn"), ["net.py:build returned None", "`return`"]),
        ("def build(hidden):\n    return [1]\n", ["returned a list, not a torch.nn.Module"]),
        (NET.replace("hidden, outputs)", "hidden, 4)"), ["4, 4] into [2, 4]", "needs [2, 3]", "`outputs` = 3"]),
        (NET.replace("nn.Flatten(), nn.Linear(16", "nn.Linear(4"), ["into [2, 1, 4, 3]"]),
        (
            "from torch import nn\nclass build(nn.Module):\n    def __init__(self, hidden):\n"
            "        super().__init__()\n        self.layers = [nn.Linear(16, 3)]\n"
            "    def forward(self, x):\n        return self.layers[0](x.flatten(1))\n",
            ["no trainable parameter", "nn.ModuleList"],
        ),
        (
            "from torch import nn\nclass build(nn.Linear):\n    def __init__(self, hidden):\n"
            "        super().__init__(16, 3)\n    def forward(self, x):\n"
            "        return super().forward(x.flatten(1)), None\n",
            ["into a tuple"],
        ),
        (NET.replace("hidden, input", "hidden, width, input"), ["needs the argument width", "width = ..."]),
        (NET.replace("hidden", "hiden"), ["space.hidden", "own: hiden, dropout)", "did you mean hiden?"]),
        ("from torch import nn\ndef build(outputs):\n    return nn.Linear(1, 1)\n", ["space.hidden", "own: none"]),
        ("from torch import nn\ndef build(*args):\n    pass\n", ["space.hidden", "add an argument hidden"]),
        (NET.replace("outputs, dropout", "/, outputs, dropout"), ["takes hidden and input_shape by", "drop the /"]),
        ("build = 3\n", ["build is not a function but int"]),
        ("from builtins import type as build\n", ["one of Python's own (builtins)", "around it"]),
    ],
    ids=[
        "raises", "wrong input", "returns nothing", "returns a list", "wrong outputs", "keeps the image's shape",
        "layers in a list", "two results", "argument not given", "near name", "no argument",
        "arguments without names", "by position", "no function", "no signature",
    ],
)  # fmt: skip
def test_a_mistake_in_the_function_is_one_message(study, source, words):
    with pytest.raises(WorkbenchError) as caught:
        check(study(source))
    for word in words:
        assert word in str(caught.value)


def test_a_binary_task_needs_one_logit(study):
    with pytest.raises(WorkbenchError, match=r"the binary task needs \[2, 1\]"):
        check(study(NET.replace("hidden, outputs)", "hidden, 2)"), task="binary"), outputs=1)


def test_an_argument_that_is_drawn_at_times_needs_a_default(study):
    space = {"kind": Choice(choice=["a", "b"]), "hidden": IntRange(int=(2, 8), when={"kind": "a"})}
    with pytest.raises(WorkbenchError, match="has a `when`"):
        check(study(NET.replace("hidden, input", "hidden, kind, input"), space))


def written(reports, about, weights):
    said, content = saved.written({"study": "x", **about}, weights)
    (reports / "best.json").write_bytes(said)
    (reports / "best.pt").write_bytes(content)


def test_the_best_network_is_rebuilt_from_its_two_files(study, tmp_path):
    spec = study(NET)
    about = {"family": "net.py:build", "point": {"hidden": 5, "lr": 0.1}, "input_shape": [1, 4, 4], "outputs": 3}
    about |= {"task": "multiclass", "folder": str(spec.folder)}
    with torch.random.fork_rng(devices=[]):
        trained = family.build(about["family"], about["point"], (1, 4, 4), 3, folder=spec.folder)
    reports = tmp_path / "reports"
    reports.mkdir()
    written(reports, about, trained.state_dict())
    named_by_a_study_file([about["family"]], spec.folder)

    again = family.rebuild(reports / "best.json")
    assert not again.training
    for name, weight in trained.state_dict().items():
        assert torch.equal(again.state_dict()[name], weight)

    (tmp_path / "moved").mkdir()
    (tmp_path / "net.py").rename(tmp_path / "moved" / "net.py")
    assert family.parameter_count(family.rebuild(reports / "best.json", tmp_path / "moved")) == 103

    written(reports, about | {"point": {"hidden": 6}}, trained.state_dict())
    with pytest.raises(WorkbenchError, match="the weights do not fit"):
        family.rebuild(reports / "best.json", tmp_path / "moved")


def test_a_network_that_exits_the_process_is_a_mistake_too(study):
    with pytest.raises(WorkbenchError, match="SystemExit: 4"):
        check(study("def build(hidden): raise SystemExit(4)"))


def test_an_enqueued_point_has_what_the_function_needs_and_nothing_that_it_does_not_know(study):
    def checked(**point):
        one = Enqueued(name="the lesson's", point={"lr": 0.1, **point})
        check(study(NET).model_copy(update={"enqueue": (one,)}))

    checked(hidden=500, dropout=0.5)
    with pytest.raises(WorkbenchError, match=r"enqueue\.1: net\.py:build needs the argument hidden, and the"):
        checked()
    with pytest.raises(WorkbenchError, match=r"enqueue\.1\.hiden: neither the trainer nor net\.py:build") as caught:
        checked(hidden=5, hiden=3)
    assert caught.value.hint == "did you mean hidden?"
