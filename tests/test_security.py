"""What comes from others is data: it may be refused, it may be shown, it runs nothing and writes nowhere else.

`docs/security.md` says what is trusted. Passwords: tests/store/test_storage.py; the dashboard:
tests/dashboard/test_server.py and tests/store/test_shown.py; pickles of samplers: tests/store/test_cmaes.py.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import re
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

import workbench
from workbench import atomic
from workbench.cli.main import main
from workbench.errors import WorkbenchError
from workbench.exporting import layers
from workbench.models import family, saved
from workbench.reporting import files
from workbench.reporting.harmless import Harmless, harmless
from workbench.study import user_code
from workbench.study.load import StudyFileError, load
from workbench.study.space import Fixed
from workbench.study.spec import DataSpec, ModelSpec, StudySpec
from workbench.tuning import model_file

PACKAGE = Path(workbench.__file__).parent


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(user_code, "_named", set())
    return tmp_path


# -- the source -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (r"\b(pickle|joblib|shelve|marshal|dill)\.loads?\(|^import (pickle|shelve|marshal|dill)", ()),
        (r"torch\.load\((?!.*weights_only=True)", ()),
        (r"np\.load\((?!.*allow_pickle=False)", ()),
        (r"(?<![\w.])eval\((?!\)|\?=)", ()),
        (r"(?<![\w.])exec\(", ("diagnostics/child.py", "study/user_code.py")),  # a script, and "file.py:function"
        (r"\bos\.system\(|shell=True|\byaml\.", ()),
    ],
)
def test_nothing_that_runs_what_it_reads_is_called(pattern: str, allowed: tuple[str, ...]) -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(pattern, line)
    }
    assert found == set(allowed)


# -- code that a study names ------------------------------------------------------------------------------------


def spec_of(folder: Path, family: str) -> StudySpec:
    return StudySpec(
        name="x", task="multiclass", data=DataSpec(source="digits"), model=ModelSpec(family=family),
        space={"epochs": Fixed(value=1)}, folder=folder,
    )  # fmt: skip


@pytest.mark.parametrize("module", [os, subprocess, json, torch], ids=lambda module: module.__name__)
def test_code_of_python_and_of_packages_is_not_run(module: Any, here: Path) -> None:
    for named in (module.__file__, os.path.relpath(module.__file__)):
        with pytest.raises(WorkbenchError, match="names a file of Python or of an installed package"):
            user_code.load_function(f"{named}:system", here)
    (here / "mine.py").symlink_to(module.__file__)
    with pytest.raises(WorkbenchError, match="names a file of Python or of an installed package"):
        user_code.load_function("mine.py:system", here)


def test_a_study_that_names_the_shell_is_a_mistake_with_a_path(here: Path) -> None:
    (here / "x.toml").write_text(
        f'name = "x"\ntask = "multiclass"\n[data]\nsource = "digits"\n[model]\nfamily = "{os.__file__}:system"\n'
        '[space]\ncommand = "touch pwned"\nepochs = 1\n'
    )
    with pytest.raises(StudyFileError, match=r"x\.toml: model\.family: .* which is not run"):
        load("./x.toml")
    assert not (here / "pwned").exists()


@pytest.mark.parametrize(
    "text",
    [
        "from os import system as build",
        "from subprocess import getoutput as build",
        "import os\nfrom functools import partial\nbuild = partial(os.system)",
    ],
)
def test_a_function_of_pythons_own_is_not_called_through_a_users_file(text: str, here: Path) -> None:
    (here / "net.py").write_text(text)
    with pytest.raises(WorkbenchError, match="is not a function of this file but one of Python's own"):
        user_code.load_function("net.py:build", here)


NET = """
from torch import nn
def build(input_shape, outputs):
    open("ran", "w").close()
    return nn.Linear(2, 2)
"""


def kept(folder: Path, **changes: Any) -> Path:
    """best.json and best.pt of a network of a user's own."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {
        "study": "x", "family": "net.py:build", "folder": str(folder), "point": {}, "input_shape": [2],
        "outputs": 2, "task": "multiclass",
    } | changes  # fmt: skip
    said, content = saved.written(about, {"weight": torch.zeros(2, 2), "bias": torch.zeros(2)})
    (folder / "best.json").write_bytes(said)
    (folder / "best.pt").write_bytes(content)
    return folder / "best.json"


def test_a_checkpoint_runs_no_code_that_no_study_file_has_named(here: Path) -> None:
    (here / "reports/x").mkdir(parents=True)
    (here / "reports/x/net.py").write_text(NET)
    best = kept(here / "reports/x")
    with pytest.raises(WorkbenchError, match=r"best\.json names the code .*net\.py, which no study file has named"):
        family.rebuild(best)
    assert main(["predict", "--study", "x", "a.csv"]) == 2
    assert not (here / "ran").exists()
    user_code.named_by_a_study_file(["net.py:build"], here / "reports/x")
    user_code._named.clear()  # another process
    assert isinstance(family.rebuild(best), torch.nn.Linear)
    assert (here / "ran").exists()


def test_a_file_to_go_on_from_runs_no_code_that_no_study_file_has_named(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "net.py").write_text(NET)
    about = model_file.About(
        "x", spec_of(here, "net.py:build").resolved(), str(here), {"epochs": 2}, None, 0, 0, "", ""
    )
    state = model_file.State(1, {}, {}, None, {})
    model_file.write(here / "model.pt", about, state, model_file.Course())
    assert main(["train", "--resume", "model.pt"]) == 2
    assert "which no study file has named here" in capsys.readouterr().err
    assert not (here / "ran").exists()


# -- checkpoints ------------------------------------------------------------------------------------------------


class Evil:
    def __reduce__(self) -> Any:
        return os.system, ("touch pwned",)


def evil() -> bytes:
    buffer = io.BytesIO()
    torch.save({"weight": Evil()}, buffer)
    return buffer.getvalue()


def listed() -> bytes:
    buffer = io.BytesIO()
    torch.save([torch.zeros(2)], buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("content", [evil(), pickle.dumps(Evil()), listed(), b"", b"PK\x03\x04"])
def test_weights_that_are_no_weights_are_an_error_and_run_nothing(content: bytes, here: Path) -> None:
    import hashlib

    best = kept(here / "reports/x", family="linear")
    about = json.loads(best.read_text())
    about["sha256"] = hashlib.sha256(content).hexdigest()  # whoever wants to can write it
    about[saved.OWN] = saved.digest({name: value for name, value in about.items() if name != saved.OWN})
    best.write_text(json.dumps(about))
    best.with_suffix(".pt").write_bytes(content)
    with pytest.raises(WorkbenchError, match=r"best\.pt"):
        family.rebuild(best)
    (here / "model.pt").write_bytes(content)
    with pytest.raises(WorkbenchError, match=r"model\.pt"):
        model_file.read(here / "model.pt")
    assert not (here / "pwned").exists()


@pytest.mark.parametrize("study", ["../../outside", "/outside", "..", "a/b", "", "x\0", 7, None])
def test_a_checkpoint_cannot_say_where_files_go(study: Any, here: Path) -> None:
    kept(here / "reports/x", family="linear", study=study)
    assert main(["export", "--study", "x", "--format", "state-dict"]) == 2
    assert sorted(path.name for path in here.rglob("*") if path.is_file()) == ["best.json", "best.pt"]


# -- rows of a storage ------------------------------------------------------------------------------------------


@contextmanager
def stored(path: Path, **attributes: Any) -> Iterator[None]:
    """A study in a journal whose attributes somebody else has written."""
    from workbench.store import storage

    spec = spec_of(Path(), "mlp").resolved()
    where = storage.open_storage(str(path))
    with storage.quiet():
        study = where.create_new_study([storage.optuna.study.StudyDirection.MAXIMIZE], "x")
        for name, value in {"spec": spec, "identity": {}, **attributes}.items():
            where.set_study_user_attr(study, f"workbench:{name}", value)
    yield


@pytest.mark.parametrize("name", ["../outside", "/outside", "..", "a/b", "", 7, None, ["x"]])
def test_a_row_cannot_say_where_reports_go(name: Any, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = spec_of(Path(), "mlp").resolved() | {"name": name}
    with stored(here / "workbench.journal", spec=spec):
        assert main(["report", "--study", "x"]) == 2
    assert "what is stored of it is not what workbench writes there" in capsys.readouterr().err
    assert [path.name for path in here.iterdir() if path.name != "state"] == ["workbench.journal"]
    assert not (here.parent / "outside").exists()


@pytest.mark.parametrize(
    "attributes",
    [
        {"spec": None}, {"spec": []}, {"spec": {}}, {"spec": {"name": "x"}}, {"data": 7}, {"data": {"name": 1}},
        {"versions": {"workbench": 1}}, {"openings": [3]}, {"baselines": "x"}, {"final": [1]}, {"confirm": {}},
        {"diagnosis": {"outcome": 1}}, {"evidence": {"confusion": [[1]]}}, {"command": {"a": 1}}, {"seconds": "x"},
        {"metrics": {"validation": 3}}, {"enqueued": 3}, {"storage": 9},
        {"same_folds": {"trial": 0}},
    ],
    ids=str,
)  # fmt: skip
def test_rows_of_any_kind_are_a_report_or_an_error(
    attributes: dict[str, Any], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with stored(here / "workbench.journal", **attributes):
        code = main(["report", "--study", "x"])
    said = capsys.readouterr()
    assert code == 0 or "what is stored of it is not what workbench writes there" in said.err
    assert "Traceback" not in said.err


# -- names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../x", "/x", "..", ".x", "a/b", "a\\b", "x\n", "x\0", "", "x" * 65, "con", "NUL.txt", "x.", "é", "x@2", "-x"],
)
def test_a_name_that_is_no_folders_is_a_mistake_at_name(name: str, here: Path) -> None:
    (here / "x.toml").write_text(
        f'name = {json.dumps(name)}\ntask = "multiclass"\n[data]\nsource = "digits"\n[space]\nepochs = 1\n'
    )
    with pytest.raises(StudyFileError) as caught:
        load("./x.toml")
    assert {mistake.path for mistake in caught.value.mistakes} == {"name"}


def test_text_with_control_characters_is_a_mistake_at_its_place(here: Path) -> None:
    (here / "x.toml").write_text(
        'name = "x"\ntask = "multiclass"\ndescription = "a\\u001b]0;b\\u0007"\n[data]\nsource = "digits"\n[space]\n'
        'epochs = 1\nactivation = { choice = ["relu", "\\u009b2J"] }\n'
    )
    with pytest.raises(StudyFileError) as caught:
        load("./x.toml")
    assert {"description", "space.activation.choice"} <= {mistake.path for mistake in caught.value.mistakes}
    assert not re.search(r"[\x1b\x07\x9b]", str(caught.value))


# -- what is printed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ü\t\r\n", "plain, ü\t\r\n"),
        ("\x1b[1;32mgreen\x1b[0m", "\x1b[1;32mgreen\x1b[0m"),
        ("\x1b[2J\x1b[H", r"\x1b[2J\x1b[H"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x1b]52;c;aGk=\x1b\\", "\\x1b]52;c;aGk=\\x1b\\"),
        ("\x9b1A", r"\x9b1A"),
        ("safe\u202egpj", r"safe\u202egpj"),
        ("\udc80", r"\udc80"),
    ],
)
def test_what_commands_a_terminal_is_written_out(text: str, shown: str) -> None:
    stream = io.StringIO()
    Harmless(stream).write(text)
    assert (harmless(text), stream.getvalue()) == (shown, shown)


def test_a_name_with_escapes_is_printed_harmless(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.csv").write_text("a\x1b[2J,label\n1,x\n2,\x1b]0;y\x07\n" * 1)
    assert main(["new", "own", "--data", "a.csv", "--target", "missing\x1b[2J"]) == 2
    said = capsys.readouterr()
    assert r"\x1b[2J" in said.out + said.err
    assert not re.search(r"[\x1b\x07]", said.out + said.err)


# -- files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600), (0o002, 0o664)])
def test_files_have_the_rights_that_the_users_umask_leaves(mask: int, mode: int, here: Path) -> None:
    before = os.umask(mask)
    try:
        atomic.write(here / "folder" / "a", b"1")
    finally:
        os.umask(before)
    assert stat.S_IMODE((here / "folder" / "a").stat().st_mode) == mode


def test_a_link_in_the_reports_folder_is_replaced_and_not_followed(here: Path) -> None:
    (here / "dear").write_text("dear")
    (here / "report.md").symlink_to(here / "dear")
    atomic.write(here / "report.md", b"new")
    assert ((here / "dear").read_text(), (here / "report.md").read_text()) == ("dear", "new")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-a", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_is_no_formula(text: str) -> None:
    assert files.no_formula(text) == f"'{text}"
    assert files.no_formula("sgd") == "sgd"


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('touch pwned')",
        "nn.Linear(__import__('os').system('touch pwned'), 1)",
        "nn.modules.linear.torch.hub.load('x', 'y')",
        "nn.Linear(**{'in_features': 1})",
        "nn.init.zeros_(1)",
        "nn.Module.__subclasses__()",
    ],
)
def test_a_networks_text_is_layers_and_plain_values(text: str, here: Path) -> None:
    assert layers._says(text) is None
    assert not (here / "pwned").exists()
    assert layers._says("nn.Sequential(nn.Linear(2, 3), nn.ReLU())") is not None
