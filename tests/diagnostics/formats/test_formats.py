"""The formats for machines and readers: escaped, valid and complete, on reports made by hand and on a real one."""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from workbench.diagnostics.engine import Report, diagnose
from workbench.diagnostics.findings import Check, Finding, Layer, Related
from workbench.diagnostics.formats import NAMES, render
from workbench.diagnostics.formats.curves import POINTS, Curve, figure
from workbench.diagnostics.rule import rules
from workbench.diagnostics.runner import Runner
from workbench.diagnostics.trace import Backward, Ended, Place, Source, Trace

SUBSET = json.loads(Path(__file__).with_name("sarif_subset.json").read_text(encoding="utf-8"))
RULES = Path(__file__).parents[1] / "rules"
EVIL = "<script>alert('1 & 2')</script>"
TEXT = f'import torch\nx = "{EVIL}"\nloss.backward()\noptimizer.step()  # 100 % of: it, all\n'


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    """A script in a folder with a space, two findings on it, and names made to break what does not escape."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    path = str(tmp_path / "my nets" / "train.py")
    place = Place(path, 4, function="fit")
    found = Finding(
        place,
        f"50 % of x: y, 100%0A\r\nthen {EVIL}",
        "write optimizer.zero_grad()",
        evidence={"share": 0.5, "worst": float("nan"), "name": EVIL},
        related=(Related(Place(path, 3), f"adds here: {EVIL}"),),
        severity="error",
        rule="missing-zero-grad",
        verdict="proven",
        proof={"steps": 3, "recorded": float("inf"), "repaired": 0.25, "repaired_start": 2.0},
        curve=(2.0, 1.0, 0.25),
    )
    second = Finding(Place(path, 2), "low", "raise it", severity="warning", rule="lr-too-low")
    backwards = tuple(Backward(n, place, value, True) for n, value in enumerate([2.0, 30.0, float("inf")]))
    source = Source(path, TEXT)
    trace = Trace(
        path, Ended("finished"), 1.5, "2.15", backwards=backwards, sources=(source,), skipped=(f"!{EVIL}",)
    )
    checks = (
        Check("missing-zero-grad", "failed", "x"),
        Check("non-finite", "passed", f"none {EVIL}"),
        Check("train-val-overlap", "skipped", "the run showed no evaluations"),
    )
    layers = (Layer(f"net.{EVIL}", "Linear", (4,), (2,), 10, 0.5, 1.0, None),)
    return Report("my nets/train.py", trace, (found, second), checks, layers=layers, notes=(f"note {EVIL}",))


@pytest.fixture
def notebook(report: Report) -> Report:
    """The same, found in a cell."""
    path = report.trace.target.replace("train.py", "lesson.ipynb")
    place = Place(path, 4, cell=7)
    trace = replace(report.trace, sources=(Source(path, TEXT, cell=7),))
    found = replace(report.findings[0], place=place, related=(Related(Place(path, 1, cell=2), "made here"),))
    return replace(report, trace=trace, findings=(found,))


# -- GitHub ----------------------------------------------------------------------------------------------------


def undone(text: str) -> str:
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Read workflow commands as the runner does."""
    found = []
    for line in text.splitlines():
        match = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line)
        assert match, line
        properties = dict(part.split("=", 1) for part in match[2].split(","))
        found.append((match[1], {key: undone(value) for key, value in properties.items()}, undone(match[3])))
    return found


def test_an_annotation_survives_the_way_through_githubs_runner(report: Report) -> None:
    first, second = commands(render(report, "github"))
    level, properties, message = first
    assert level == "error"
    assert properties == {"file": "my nets/train.py", "line": "4", "title": "missing-zero-grad (proven)"}
    assert message.startswith(report.findings[0].message + "\n")
    assert "do: write optimizer.zero_grad()" in message
    assert "with this one change" in message
    assert second[:2] == ("warning", {"file": "my nets/train.py", "line": "2", "title": "lr-too-low (likely)"})


def test_a_comma_or_colon_in_a_file_name_does_not_end_the_property(report: Report) -> None:
    odd = replace(report.findings[0], place=Place(str(Path.cwd() / "a,b:c%.py"), 1))
    [(_, properties, _)] = commands(render(replace(report, findings=(odd,)), "github"))
    assert properties["file"] == "a,b:c%.py"


def test_an_annotation_of_a_notebook_names_the_file_and_the_cell_but_no_line(notebook: Report) -> None:
    [(_, properties, message)] = commands(render(notebook, "github"))
    assert properties == {"file": "my nets/lesson.ipynb", "title": "missing-zero-grad (proven)"}
    assert message.startswith("cell 7, line 4: ")


def test_paths_are_told_from_the_top_of_the_checkout(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(Path.cwd() / "my nets"))
    assert commands(render(report, "github"))[0][1]["file"] == "train.py"


def test_nothing_found_is_no_annotation(report: Report) -> None:
    assert render(replace(report, findings=()), "github") == ""


# -- SARIF -----------------------------------------------------------------------------------------------------


def sarif(report: Report) -> dict[str, Any]:
    """The log, held against our part of the schema, and against the official one where $SARIF_SCHEMA names it."""
    log: dict[str, Any] = json.loads(render(report, "sarif"), parse_constant=pytest.fail)
    jsonschema.Draft202012Validator(SUBSET).validate(log)
    official = os.environ.get("SARIF_SCHEMA")
    if official:
        jsonschema.Draft4Validator(json.loads(Path(official).read_text(encoding="utf-8"))).validate(log)
    return log


def test_the_schema_of_these_tests_is_one_and_refuses_what_is_wrong(report: Report) -> None:
    jsonschema.Draft202012Validator.check_schema(SUBSET)
    log = sarif(report)
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not jsonschema.Draft202012Validator(SUBSET).is_valid(log)


def test_a_sarif_log_has_every_rule_with_its_page(report: Report) -> None:
    driver = sarif(report)["runs"][0]["tool"]["driver"]
    assert [entry["id"] for entry in driver["rules"]] == [each.name for each in rules()]
    for entry, each in zip(driver["rules"], rules(), strict=True):
        assert entry["help"]["text"] == each.page
        assert f"```python\n{each.section('Use instead')}\n```" in entry["help"]["markdown"]
        assert entry["defaultConfiguration"]["level"] == each.severity


def test_a_sarif_result_has_place_level_proof_and_related_lines(report: Report) -> None:
    run = sarif(report)["runs"][0]
    first, second = run["results"]
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"] == "missing-zero-grad"
    assert (first["level"], second["level"]) == ("error", "warning")
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "my%20nets/train.py", "uriBaseId": "%SRCROOT%"}
    assert place["region"]["startLine"] == 4
    assert first["relatedLocations"][0]["physicalLocation"]["region"]["snippet"]["text"] == "loss.backward()"
    assert first["properties"]["verdict"] == "proven"
    assert first["properties"]["evidence"] == {"share": 0.5, "worst": None, "name": EVIL}
    [note] = run["invocations"][0]["toolExecutionNotifications"]
    assert note["associatedRule"]["id"] == "train-val-overlap"


def test_a_sarif_result_in_a_notebook_has_its_cell_and_no_line_of_the_file(notebook: Report) -> None:
    [result] = sarif(notebook)["runs"][0]["results"]
    [location] = result["locations"]
    assert "region" not in location["physicalLocation"]
    assert location["logicalLocations"][0]["properties"] == {
        "cell": 7, "line": 4, "text": "optimizer.step()  # 100 % of: it, all",
    }  # fmt: skip
    assert result["message"]["text"].startswith("cell 7, line 4: ")


def test_a_finding_without_a_line_and_one_outside_the_checkout_are_valid(report: Report) -> None:
    nowhere = replace(report.findings[0], place=None)
    outside = replace(report.findings[0], place=Place("/elsewhere/a b.py", 1))
    results = sarif(replace(report, findings=(nowhere, outside)))["runs"][0]["results"]
    assert results[0]["locations"] == []
    artifact = results[1]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///elsewhere/a%20b.py"}


def test_a_fingerprint_stays_when_lines_are_put_in_above_and_tells_equal_lines_apart(report: Report) -> None:
    def prints(text: str, *lines: int) -> list[str]:
        trace = replace(report.trace, sources=(Source(report.trace.target, text),))
        found = [replace(report.findings[0], place=Place(trace.target, line), related=()) for line in lines]
        results = sarif(replace(report, trace=trace, findings=tuple(found)))["runs"][0]["results"]
        return [value for result in results for value in result["partialFingerprints"].values()]

    first, second = prints(TEXT + TEXT, 4, 8)
    assert first != second
    assert prints("# new\n" + TEXT + TEXT, 5, 9) == [first, second]


# -- HTML ------------------------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """Tags, attributes and text; fails where tags do not match."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID and not self.get_starttag_text().endswith("/>"):  # type: ignore[union-attr]
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.get_starttag_text() is not None and tag in ("line", "path") and self.open[-1] != tag:
            return  # the end of <line/>, which the parser reports too
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_nothing_of_the_users_becomes_markup(report: Report) -> None:
    page = render(report, "html")
    assert EVIL not in page
    seen = Reader(page)
    assert "script" not in {tag for tag, _ in seen.tags}
    # message, related, evidence, two excerpts, check, layer, note, notebook line
    assert seen.text.count(EVIL) == 9


def test_a_name_with_a_quote_does_not_end_the_attribute() -> None:
    drawn = figure([Curve('a" onload="b', (2.0, 1.0))])
    svg = ElementTree.fromstring(re.search(r"<svg viewBox.*?</svg>", drawn)[0])  # type: ignore[index]
    assert "onload" not in svg.attrib


def test_a_page_needs_nothing_but_itself(report: Report) -> None:
    page = render(report, "html")
    seen = Reader(page)
    assert not {tag for tag, _ in seen.tags} & {"script", "link", "img", "iframe", "object", "base", "form"}
    names = {name for _, attributes in seen.tags for name in attributes}
    assert not {name for name in names if name.startswith("on") or name in ("src", "href", "action", "style")}
    assert not re.search(r"url\(|@import", page)
    [policy] = [a["content"] for t, a in seen.tags if t == "meta" and "http-equiv" in a]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_a_page_tells_all_of_a_finding_what_passed_and_what_was_not_checked(report: Report) -> None:
    text = Reader(render(report, "html")).text
    for told in (
        "1 error, 1 warning",
        "my nets/train.py:4",
        "optimizer.step()  # 100 % of: it, all",
        "write optimizer.zero_grad()",
        "inf -> 0.25",
        "Why is this bad",
        "Passed: looked for and not seen (1)",
        "Could not be checked (1)",
        "the run showed no evaluations",
        "as it is",
        "with missing-zero-grad repaired (my nets/train.py:4)",
    ):
        assert told in text, told


def test_a_page_of_a_notebook_names_the_cell_and_marks_its_line(notebook: Report) -> None:
    page = render(notebook, "html")
    assert "lesson.ipynb, cell 7, line 4" in page
    assert "<mark>4  optimizer.step()" in page


# -- curves ----------------------------------------------------------------------------------------------------


def paths(drawn: str) -> list[list[str]]:
    """The commands of each curve's path ("M56.0 12.0"), checked to lie in the drawing."""
    svg = ElementTree.fromstring(re.search(r"<svg viewBox.*?</svg>", drawn)[0])  # type: ignore[index]
    _, _, width, height = map(float, svg.attrib["viewBox"].split())
    found = []
    for path in svg.iter("path"):
        if "curve" in path.attrib["class"]:
            commands = re.findall(r"[ML][^ML]+", path.attrib["d"])
            for command in commands:
                x, y = map(float, command[1:].split())
                assert 0 <= x <= width
                assert 0 <= y <= height
            found.append(commands)
    return found


@pytest.mark.parametrize(
    "values",
    [
        (2.0, 1.0, 0.1),
        (1.0, 1.0),
        (0.0, 0.0),
        (-3.0, 2.0),
        (1e-9, 1e30),
        (1e300, -1e300),
        (5e-324, 1.0),
        (0.7, 0.6),
    ],
    ids=str,
)
def test_any_losses_lie_in_the_drawing(values: tuple[float, ...]) -> None:
    [commands] = paths(figure([Curve("as it is", values)]))
    assert len(commands) == len(values)


def test_a_lower_loss_is_drawn_lower() -> None:
    [commands] = paths(figure([Curve("as it is", (2.0, 1.0, 0.5))]))
    heights = [float(command.split()[1]) for command in commands]
    assert heights == sorted(heights)


def test_losses_far_apart_are_drawn_on_a_logarithmic_axis_that_says_so() -> None:
    drawn = figure([Curve("as it is", (100.0, 1.0, 0.01))])
    high, middle, low = (float(command.split()[1]) for command in paths(drawn)[0])
    assert middle - high == pytest.approx(low - middle, abs=0.1)
    assert "Loss, logarithmic," in drawn
    assert "logarithmic" not in figure([Curve("as it is", (2.0, 1.0))])


def test_what_is_not_finite_leaves_a_gap() -> None:
    [commands] = paths(figure([Curve("as it is", (2.0, 1.0, float("nan"), None, 0.5, 0.4))]))
    assert [command[0] for command in commands] == ["M", "L", "M", "L"]


@pytest.mark.parametrize("values", [(), (1.0,), (float("nan"), float("inf"), None)], ids=str)
def test_without_two_points_there_is_no_drawing(values: tuple[float | None, ...]) -> None:
    assert figure([Curve("as it is", values)]) == ""


def test_a_long_run_is_averaged_and_says_so() -> None:
    drawn = figure([Curve("as it is", tuple(1 / (n + 1) for n in range(10_000)))])
    assert len(paths(drawn)[0]) <= POINTS
    assert "mean of 34 calls" in drawn


# -- a real run ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(runner: Runner) -> Report:
    return diagnose(RULES / "softmax_before_cross_entropy" / "bad.py", runner=runner)


@pytest.mark.parametrize("name", NAMES)
def test_a_real_report_can_be_had_in_every_format(name: str, real: Report) -> None:
    text = render(real, name)
    assert text.endswith("\n")
    assert "softmax-before-cross-entropy" in text
    checks: dict[str, Callable[[], object]] = {
        "github": lambda: commands(text), "sarif": lambda: sarif(real), "json": lambda: json.loads(text),
        "html": lambda: Reader(text),
    }  # fmt: skip
    checks.get(name, lambda: None)()


def test_the_recorded_and_the_repaired_losses_of_a_proven_finding_are_drawn(real: Report) -> None:
    [found] = real.findings
    assert found.verdict == "proven"
    assert len(found.curve) == len(real.trace.backwards)
    recorded, repaired = paths(render(real, "html"))
    assert len(recorded) == len(repaired) == len(found.curve)
    assert float(repaired[-1].split()[1]) > float(recorded[-1].split()[1])
