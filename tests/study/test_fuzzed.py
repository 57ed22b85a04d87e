"""Shipped study files with some of their words, values and bytes changed: a study, or mistakes that have a path.

`python tests/study/test_fuzzed.py 5000` tries so many, and says what became of them.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.study.load import StudyFileError, load

STUDIES = [path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parents[2].glob("studies/*.toml"))]
VALUES = """
0 -1 1 1.5 1e400 -0.0 inf nan 9223372036854775808 99999999999999999999 "" "x" "\\u0000" "\\u001b[2J" true false
[] [1] [1, 2] [2, 1] [0.0, 1.0] [[1]] {} { int = [1, 3] } { float = [1e-3, 1e-1], log = true } { choice = [] }
{ choice = ["relu", 3] } { int = [1, 3], per = "depth" } { float = [0, 1], when = { optimizer = "sgd" } } 1979-05-27
"../../etc/passwd" "a.py:f" "os.py:system" "adam" "sgd" "mlp" "cnn" "mnist" "5-fold" "90s" "binary" "multilabel"
"f1" ["accuracy", "parameters"]
"""
WORDS = re.findall(r"\{(?:[^{}]|\{[^{}]*\})*\}|\[(?:[^][]|\[[^]]*\])*\]|\"[^\"]*\"|\S+", VALUES)
KEYS = re.findall(r"^(\w+) =", "\n".join(STUDIES), re.MULTILINE)


def changed(text: str, dice: random.Random) -> bytes:
    """One to four changes, of a kind each."""
    for _ in range(dice.randint(1, 4)):
        text = dice.choice(CHANGES)(text, dice)
    content = text.encode("utf-8", "surrogatepass")
    if dice.random() < 0.15 and content:  # bytes, of which it is not said that they are text
        place = dice.randrange(len(content))
        content = content[:place] + dice.randbytes(dice.randint(0, 3)) + content[place + dice.randint(0, 2) :]
    return content


def _value(text: str, dice: random.Random) -> str:
    found = list(re.finditer(r"(?<== )[^#\n]+", text))
    match = dice.choice(found) if found else None
    return text if match is None else f"{text[: match.start()]}{dice.choice(WORDS)}{text[match.end() :]}"


def _key(text: str, dice: random.Random) -> str:
    found = list(re.finditer(r"\b\w+(?= =)", text))
    match = dice.choice(found) if found else None
    return text if match is None else f"{text[: match.start()]}{dice.choice(KEYS)}{text[match.end() :]}"


def _line(text: str, dice: random.Random) -> str:
    lines = text.splitlines()
    place = dice.randrange(len(lines) + 1)
    kind = dice.randrange(4)
    if kind == 0:
        lines[place : place + 1] = []
    elif kind == 1:
        lines.insert(place, f"{dice.choice(KEYS)} = {dice.choice(WORDS)}")
    elif kind == 2:
        lines.insert(place, f"[{dice.choice([*KEYS, 'space', 'data', 'search', '[enqueue]', 'a.b.c'])}]")
    else:
        dice.shuffle(lines)
    return "\n".join(lines)


def _character(text: str, dice: random.Random) -> str:
    place = dice.randrange(len(text) + 1)
    return text[:place] + dice.choice("[]{}=\"'.,#\n\t \\0é\u202e\x00\x1b") + text[place + dice.randint(0, 1) :]


def _cut(text: str, dice: random.Random) -> str:
    return text[: dice.randrange(len(text) + 1)]


def _enqueued(text: str, dice: random.Random) -> str:
    lines = [f"{dice.choice([*KEYS, 'name'])} = {dice.choice(WORDS)}" for _ in range(dice.randint(0, 4))]
    return "\n".join([text, "[[enqueue]]", 'name = "one"', *lines, ""])


CHANGES: list[Callable[[str, random.Random], str]] = [_value, _value, _value, _key, _line, _line, _character]
CHANGES += [_cut, _enqueued]


def outcome(content: bytes, path: Path) -> str:
    """ "study", "mistakes" or "error"; an AssertionError where a mistake has no path; whatever else is raised."""
    path.write_bytes(content)
    try:
        load(str(path))
        return "study"
    except StudyFileError as error:
        told, mistakes = str(error), error.mistakes
    except WorkbenchError as error:
        told, mistakes = str(error), []
    assert str(path) in told
    for mistake in mistakes:
        assert mistake.path
        assert mistake.message
        assert f"{path}: {mistake.path}: " in told
    return "mistakes" if mistakes else "error"


def tried(count: int, seed: int) -> Counter[str]:
    """What became of so many files. The first that ends otherwise is left where the message says."""
    dice, found = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            content = changed(dice.choice(STUDIES), dice)
            try:
                found[outcome(content, Path(folder) / "study.toml")] += 1
            except BaseException as error:
                raise AssertionError(f"file {number} of seed {seed}: {content!r}") from error
    return found


def test_a_changed_study_file_is_a_study_or_mistakes_with_their_paths() -> None:
    found = tried(250, seed=0)
    assert found["study"] > 0  # one in twenty; which ones follows from the shipped files
    assert found["mistakes"] > 100
    assert found["error"] == 0


SOUND = 'name = "x"\ntask = "multiclass"\n'
FOUND = {  # what ended in a traceback
    "data.channels": f'{SOUND}[data]\nsource = "a/"\nchannels = -1\n[space]\nepochs = 1\n',
    "space.momentum.when.validation": f'{SOUND}[data]\nsource = "digits"\n[space]\nepochs = 1\n'
    'momentum = { float = [0, 1], when = { validation = "sgd" } }\n[[enqueue]]\nname = "one"\n',
}


@pytest.mark.parametrize(("path", "text"), FOUND.items(), ids=list(FOUND))
def test_what_was_a_traceback_is_a_mistake(path: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(text)
    with pytest.raises(StudyFileError) as caught:
        load(str(tmp_path / "x.toml"))
    assert path in {mistake.path for mistake in caught.value.mistakes}


if __name__ == "__main__":
    began = time.perf_counter()
    told = tried(int(sys.argv[1]), seed=1)
    sys.stdout.write(f"{dict(told)} in {time.perf_counter() - began:.0f} s\n")
