from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
import tomllib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from workbench.reporting import terminal
from workbench.store.history import to_jsonl

PATHS = {"report": Path("reports/mnist-small/report.md"), "ranking": Path("reports/mnist-small/ranking.csv")}
NOTHING = {"complete": 0, "pruned": 0, "failed": 0}


class Screen(io.StringIO):
    """A terminal's file: `isatty` is all that sets it apart."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(monkeypatch):
    def make(columns):
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.delenv("NO_COLOR", raising=False)
        return Screen()

    return make


def plain(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def ending(history, file, why="budget", again="workbench tune --study mnist-small"):
    terminal.print_ending(history, why, PATHS, again=again, file=file)
    return file.getvalue()


def search(history, progress, counts=NOTHING):
    """What the engine tells while it runs the history's first trials."""
    with progress:
        progress.begin(counts, 40, "mnist-small", 1800.0)
        done = dict(counts)
        for row in history.rows[:4]:
            for epoch in row.curve:
                progress.epoch_done(row.number, epoch, 5)
            done[row.state] += 1
            progress.trial_done(row, dict(done), history.rows[min(row.number, 2)])


# -- the end --------------------------------------------------------------------------------------------


def test_in_a_pipe_the_ranking_is_plain_ascii_in_even_columns(history):
    text = ending(history, io.StringIO())
    assert text.isascii()
    assert "\x1b" not in text
    lines = text.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("rank"))
    assert lines[head].split() == [
        "rank", "trial", "accuracy", "loss", "epoch", "parameters", "seconds",
        "depth", "units", "optimizer", "momentum", "nesterov", "lr",
    ]  # fmt: skip
    assert lines[head + 1].split() == [
        "1", "8", "92.00", "%", "0.280", "2", "1,500", "12.3", "2", "88,20", "sgd", "0.9", "true", "0.111"
    ]  # fmt: skip
    place = lines[head].index("lr")
    assert [line[place:] for line in lines[head + 1 : head + 6]] == ["0.111", "0.037", "0.0988", "0.0247", "0.002"]


def test_the_end_names_the_result_the_reports_and_what_to_type(history):
    text = ending(history, io.StringIO())
    assert "Best validation accuracy: 92.00 % (trial 8, epoch 2, 1,500 parameters), of a single run" in text
    assert "Test accuracy: 91.20 % (95 % interval 90.63 to 91.74, 10,000 examples)." in text
    assert "reports in reports/mnist-small: report.md, ranking.csv" in text
    assert "  workbench tune --study mnist-small --trials 80\n" in text
    assert "  workbench dashboard --study mnist-small\n" in text
    assert "  workbench report --study mnist-small\n" in text


def test_after_report_no_training_is_proposed(history):
    text = ending(history, io.StringIO(), why="report", again=None)
    assert "--trials" not in text
    assert "workbench report" not in text
    assert "workbench dashboard" in text


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_nothing_but_commands_is_wider_than_the_terminal(history, screen, columns):
    text = plain(ending(history, screen(columns)))
    assert max(len(line) for line in text.splitlines()) <= columns


@pytest.mark.parametrize(
    ("columns", "missing"),
    [(140, []), (100, ["seconds"]), (85, ["epoch", "parameters", "seconds"])],
)
def test_a_narrow_terminal_goes_without_some_columns_and_says_so(history, screen, columns, missing):
    text = plain(ending(history, screen(columns)))
    head = next(line for line in text.splitlines() if line.startswith("rank")).split()
    assert [name for name in terminal.COLUMNS if name not in head] == ["confirmed", *missing]
    assert ("(in ranking.csv: " + ", ".join(missing) + ")" in text) is bool(missing)
    assert head[-1] == "lr"


def test_what_was_confirmed_has_a_column_and_a_sentence(confirmed):
    text = ending(confirmed, io.StringIO())
    head, first, *_ = (line.split() for line in text.splitlines() if line.startswith(("rank", "   ")))
    assert head[3] == "confirmed"
    assert first[:6] == ["1", "2", "92.00", "%", "92.70", "%"]
    assert re.search(r"2 +1 +92.00 % +92.00 % \*", text)
    assert "(* recommended; = tied with the best" in text
    assert "Recommended: trial 1" in text
    assert "Tied, for 3 paired seeds" in text


def test_a_very_narrow_terminal_gets_the_hyperparameters_in_one_wrapped_column(history, screen):
    text = plain(ending(history, screen(50)))
    assert "rank  trial  accuracy  hyperparameters\n" in text
    assert "momentum=0.9" in text


def test_the_best_is_green_on_a_terminal_and_not_under_no_color(history, screen, monkeypatch):
    assert "\x1b[32m   1      8" in ending(history, screen(80))
    file = screen(80)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[(3|4|9|10)[0-9]", ending(history, file))


def test_a_dumb_terminal_gets_no_control_sequences(history, screen, monkeypatch):
    file = screen(80)
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in ending(history, file)
    search(history, terminal.Progress(file=file, every=60))
    assert "\x1b" not in file.getvalue()
    assert "\nmnist-small: 4/40 trials" in file.getvalue()


def test_a_stand_in_is_told_first_in_a_yellow_panel_or_in_plain_lines(stand_in, screen):
    on_screen, piped = ending(stand_in, screen(80)), ending(stand_in, io.StringIO())
    assert on_screen.startswith("\x1b[1;33m")
    assert plain(on_screen).splitlines()[1].strip("│ ").startswith("STAND-IN DATA: these are not results on mnist")
    assert piped.startswith("!! STAND-IN DATA: these are not results on mnist, but on digits at 28x28.\n!! ")


def test_more_than_ten_trials_are_left_to_the_file(history):
    rows = tuple(replace(history.rows[8], number=number) for number in range(12))
    text = ending(replace(history, rows=rows), io.StringIO())
    assert "(in ranking.csv: 2 more trials)" in text
    assert sum(line.startswith("  ") and " 92.00 % " in line for line in text.splitlines()) == 10


def test_an_ending_without_a_completed_trial_says_why(nothing_completed):
    text = ending(nothing_completed, io.StringIO(), why="failing")
    assert "No trial was completed.\n" in text
    assert "Trial 5: RuntimeError: too big.\n" in text
    assert "Stopped: every trial so far has failed.\n" in text
    assert "rank" not in text.split("reports in")[0]


def test_an_encoding_without_the_letters_loses_only_those(history):
    odd = replace(history.rows[0], point={**history.rows[0].point, "optimizer": "größe"})
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    terminal.print_ending(replace(history, rows=(odd,)), "budget", PATHS, again=None, file=file)
    assert b" gr??e " in raw.getvalue()


# -- on the way -----------------------------------------------------------------------------------------


def test_without_a_terminal_the_first_trial_and_the_end_are_told_and_little_between(history):
    file = io.StringIO()
    search(history, terminal.Progress(file=file, every=60))
    first, last = file.getvalue().splitlines()
    assert first.startswith(
        "mnist-small: 1/40 trials, 0 pruned, best 85.00 % (trial 0: lr=0.002 units=30 depth=1), "
    )
    assert re.search(r"/min, \d+:\d\d left$", first)
    assert last.startswith("mnist-small: 4/40 trials, 1 pruned, best 92.00 % (trial 2: lr=")
    assert re.search(r"/min, in \d+\.\d s$", last)


def test_without_a_terminal_a_line_comes_every_few_seconds(history):
    file = io.StringIO()
    search(history, terminal.Progress(file=file, every=0))
    lines = file.getvalue().splitlines()
    assert len(lines) == 4 * 4 + 1  # three epochs and an end each, and the last line
    assert lines[0] == "mnist-small: 0/40 trials, 0 pruned, 30:00 left, trial 0: epoch 1/5, 83.00 %"
    assert "\x1b" not in file.getvalue()


def test_the_best_trial_is_told_by_what_varies(history):
    file = io.StringIO()
    progress = terminal.Progress(file=file, every=60)
    progress.begin(NOTHING, 40, "mnist-small", None)
    for number, lr in enumerate([0.1, 0.1]):
        point = {"batch_size": 64, "lr": lr, "depth": 1, "width": 3, "dropout": number / 2}
        row = replace(history.rows[0], number=number, point=point)
        progress.trial_done(row, {**NOTHING, "complete": number + 1}, row)
    progress.end()
    assert "(trial 1: dropout=0.5 lr=0.1 batch_size=64)" in file.getvalue().splitlines()[-1]


@pytest.mark.parametrize("file", [io.StringIO(), Screen()], ids=["pipe", "terminal"])
def test_quiet_says_nothing(history, file):
    progress = terminal.Progress(quiet=True, file=file)
    search(history, progress, {"complete": 3, "pruned": 0, "failed": 0})
    progress.message("a message")
    assert file.getvalue() == ""


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (12, "mnist-small: 12 of 40 trials were done before, going on with the other 28\n"),
        (40, "mnist-small: 40 of 40 trials were done before, nothing is left to train\n"),
        (0, ""),
    ],
)
def test_a_study_that_goes_on_says_so(before, said):
    file = io.StringIO()
    with terminal.Progress(file=file) as progress:
        progress.begin({**NOTHING, "complete": before}, 40, "mnist-small", None)
    assert file.getvalue() == said


def test_the_time_left_is_that_of_whichever_ends_first(history, monkeypatch):
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)

    def left(timeout):
        file = io.StringIO()
        progress = terminal.Progress(file=file)
        progress.begin(NOTHING, 1000, "s", timeout)
        progress._began -= 60  # a minute has passed
        progress.trial_done(history.rows[0], {**NOTHING, "complete": 1}, history.rows[0])
        return re.search(r"([\d:]+) left", file.getvalue())[1]

    assert left(None) == "16:39:00"  # 999 more at a trial a minute
    assert left(120) == "1:00"


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_the_panel_never_wraps_and_leaves_one_line(history, screen, columns):
    file = screen(columns)
    search(history, terminal.Progress(file=file))
    shown, last = file.getvalue().rsplit("\x1b[?25h", 1)  # the cursor is back
    assert "\x1b[?25l" in shown
    assert "\x1b[?25l" not in last
    frames = [plain(frame) for frame in re.split(r"[\r\n]+", shown)]
    assert max(len(frame) for frame in frames) <= columns
    assert " ".join(plain(last).split()).startswith("4/40 trials 1 pruned best 92.00 % (trial 2")


def test_the_wider_the_terminal_the_more_of_the_best_trial_is_told(history, screen):
    told = []
    for columns in (80, 110, 170):
        file = screen(columns)
        search(history, terminal.Progress(file=file))
        told.append(file.getvalue().rsplit("\x1b[?25h", 1)[1].count("="))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (1, 3)


def test_a_message_stands_above_the_live_line_as_it_is(screen):
    file = screen(80)
    with terminal.Progress(file=file) as progress:
        progress.begin(NOTHING, 40, "mnist-small", None)
        progress.message("trial 3 [bold] was not repeated")
    assert "trial 3 [bold] was not repeated\n" in plain(file.getvalue())


def test_the_end_may_be_told_twice_or_before_the_beginning():
    file = io.StringIO()
    with terminal.Progress(file=file) as progress:
        progress.end()
    assert file.getvalue() == ""


def test_an_error_gives_the_cursor_back(screen):
    file = screen(80)

    def interrupted():
        with terminal.Progress(file=file) as progress:
            progress.begin(NOTHING, 40, "mnist-small", None)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "\x1b[?25l" in file.getvalue()
    assert "\x1b[?25l" not in file.getvalue().rsplit("\x1b[?25h", 1)[1]


# -- lists of studies -----------------------------------------------------------------------------------

STUDIES = [
    SimpleNamespace(
        name="digits", source="digits", task="multiclass", family="mlp", description="", error=None,
        searched=("depth", "units", "activation", "optimizer", "momentum", "learning_rate"),
    ),
    SimpleNamespace(
        name="broken", source="", task="", family="", description="", searched=(), error="line 3: no = here"
    ),
]  # fmt: skip


def test_studies_are_listed_in_even_columns_and_a_broken_one_is_told():
    file = io.StringIO()
    terminal.studies_table(STUDIES, file)
    head, digits, broken, *_ = file.getvalue().splitlines()
    assert head.split() == ["study", "data", "task", "model", "searched"]
    assert digits[head.index("searched") :] == "depth, units, activation, optimizer, momentum, learning_rate"
    assert broken == "broken: cannot be read: line 3: no = here"


def test_a_list_of_studies_wraps_under_its_column(screen):
    file = screen(60)
    terminal.studies_table(STUDIES, file)
    lines = file.getvalue().splitlines()
    assert max(map(len, lines)) <= 60
    assert lines[2].startswith(" " * lines[0].index("searched") + "optimizer")


def test_a_study_is_shown_as_the_file_that_says_the_same(history):
    spec = {**history.spec, "description": 'ümlaut, "quotes" and \\'}
    file = io.StringIO()
    terminal.study_page(spec, file)
    assert tomllib.loads(file.getvalue()) == spec


QUICK = """
import sys
from types import SimpleNamespace
from workbench.reporting import terminal
one = SimpleNamespace(name="a", source="b", task="c", family="d", searched=("e",), description="", error=None)
terminal.studies_table([one])
terminal.study_page({"name": "a", "space": {"lr": {"float": [0.1, 1.0]}}})
print(sorted({"rich", "pydantic", "torch", "optuna", "workbench.store"} & set(sys.modules)), file=sys.stderr)
"""


def test_lists_of_studies_wait_for_no_slow_import():
    child = subprocess.run([sys.executable, "-c", QUICK], capture_output=True, text=True, check=True)
    assert child.stderr.strip() == "[]"
    assert "lr = { float = [0.1, 1.0] }" in child.stdout


REAL_TERMINAL = """
import sys
from pathlib import Path
from workbench.reporting import terminal
from workbench.store.history import from_jsonl
history = from_jsonl(Path(sys.argv[1]).read_text())
with terminal.Progress() as progress:
    progress.begin({"complete": 0, "pruned": 0, "failed": 0}, 4, "mnist-small", None)
    progress.trial_done(history.rows[0], {"complete": 1, "pruned": 0, "failed": 0}, history.rows[0])
    print("printed on stdout")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_the_live_line_goes_to_stderr_and_leaves_stdout_alone(history, tmp_path):
    source = tmp_path / "history.jsonl"
    source.write_text(to_jsonl(history))
    ours, theirs = os.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    child = subprocess.run(
        [sys.executable, "-c", REAL_TERMINAL, source],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment,
        check=True,
    )
    os.close(theirs)
    drawn = os.read(ours, 65536).decode()
    os.close(ours)
    assert child.stdout == b"printed on stdout\n"
    assert "1/4 trials" in plain(drawn)
