"""Functions in the user's own files: found, imported, and blamed with file and line."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.study.user_code import digest, is_reference, load_function, locate


@pytest.fixture
def net(tmp_path: Path) -> Path:
    return tmp_path / "net.py"


def test_a_function_is_found_beside_the_study(net):
    net.write_text("def build(depth):\n    return depth + 1\n", encoding="utf-8")
    assert locate("net.py:build", net.parent) == (net, "build")
    assert load_function("net.py:build", net.parent)(2) == 3
    assert load_function(f"{net}:build", Path("/"))(2) == 3


@pytest.mark.parametrize(
    "reference", ["net.py:", "net.py", ":build", "net:build", "net.py:a.b", "net.py:1", "", ".py:f"]
)
def test_a_reference_of_another_form_is_refused_with_the_form(net, reference):
    with pytest.raises(WorkbenchError, match="does not name a function in a file") as caught:
        locate(reference, net.parent)
    assert ".py:function" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "expected"), [("mnist", False), ("mlp", False), ("a.py:f", True), ("a.py", True), ("a:f", True)]
)
def test_names_are_told_from_references(text, expected):
    assert is_reference(text) is expected


def test_a_missing_file_says_where_it_was_looked_for(net):
    with pytest.raises(WorkbenchError, match=r"net.py: there is no such file") as caught:
        load_function("net.py:build", net.parent)
    assert str(net.parent) in caught.value.hint


@pytest.mark.parametrize(
    ("code", "message", "hint"),
    [
        ("def built(): ...", "there is no function build", "did you mean built?"),
        ("def other(): ...", "there is no function build", "the file defines: other"),
        ("", "there is no function build", "the file defines: no function"),
        ("build = 3", "build is not a function but int", ""),
        ("x = 1\ndef build(:\n", "net.py:2: SyntaxError: ", ""),
        ("\n\nraise ValueError('no layers')", "net.py:3: ValueError: no layers (while importing", "imports alone"),
        ("def f():\n    return 1 / 0\n\nf()", "net.py:2: ZeroDivisionError: division by zero", ""),
        ("import sys\nsys.exit(3)", "net.py:2: SystemExit: 3", ""),
        ("import no_such_module_anywhere", "net.py:1: ModuleNotFoundError: No module named", ""),
        ("import json\n\njson.loads('{')", "net.py:3: JSONDecodeError", ""),
        ("assert False", "net.py:1: AssertionError (while", ""),
        ("x = '\0'", "net.py", ""),
    ],
)
def test_a_fault_in_the_file_is_told_with_its_line(net, code, message, hint):
    net.write_text(code, encoding="utf-8")
    with pytest.raises(WorkbenchError) as caught:
        load_function("net.py:build", net.parent)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")
    assert str(net.parent) not in sys.path


def test_a_failed_import_leaves_no_module(net):
    net.write_text("raise ValueError", encoding="utf-8")
    before = set(sys.modules)
    with pytest.raises(WorkbenchError, match="ValueError"):
        load_function("net.py:build", net.parent)
    assert set(sys.modules) == before


def test_a_fault_in_a_neighbour_names_the_neighbour(net):
    (net.parent / "neighbour_in_ruins.py").write_text("a = 1\nb = = 2\n", encoding="utf-8")
    net.write_text("import neighbour_in_ruins\n", encoding="utf-8")
    with pytest.raises(WorkbenchError, match=r"neighbour_in_ruins.py:2: SyntaxError: invalid syntax"):
        load_function("net.py:build", net.parent)


def test_a_file_may_import_its_neighbours_and_define_dataclasses(net, monkeypatch):
    (net.parent / "neighbour_of_net.py").write_text("WIDTH = 7\n", encoding="utf-8")
    net.write_text(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "from neighbour_of_net import WIDTH\n"
        "@dataclass\nclass Net:\n    width: int = WIDTH\n\ndef build():\n    return Net()\n",
        encoding="utf-8",
    )
    built = load_function("net.py:build", net.parent)()
    assert pickle.loads(pickle.dumps(built)) == built
    assert built.width == 7
    monkeypatch.delitem(sys.modules, "neighbour_of_net")


def test_an_edit_is_seen_at_once_and_leaves_nothing_behind(net):
    for value in (1, 2):
        net.write_text(f"def build():\n    return {value}\n", encoding="utf-8")
        assert load_function("net.py:build", net.parent)() == value
    assert [path.name for path in net.parent.iterdir()] == ["net.py"]


def test_files_of_one_name_in_two_folders_do_not_mix(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "net.py").write_text(f"class Net: name = '{folder}'\n", encoding="utf-8")
    first, second = (load_function("net.py:Net", tmp_path / folder) for folder in ("a", "b"))
    assert (first.name, second.name) == ("a", "b")
    assert pickle.loads(pickle.dumps(first)) is first


def test_a_digest_sees_code_and_nothing_else(net):
    digests = []
    for code in ("def f(x):\n    return x\n", "# remark\ndef f(x): return (x)\n", "def f(x):\n    return -x\n"):
        net.write_text(code, encoding="utf-8")
        digests.append(digest("net.py:f", net.parent))
    assert digests[0] == digests[1] != digests[2]
    assert len(digests[0]) == 64
