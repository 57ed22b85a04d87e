"""The lessons' pages are true: every command runs in an empty folder and prints what its page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lesson_page import Command, File, aligned, run, steps

PAGES = sorted((Path(__file__).parents[1] / "docs" / "lessons").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_lesson_prints_what_its_page_shows(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = page.read_text(encoding="utf-8")
    if "mnist" in text:
        monkeypatch.setenv("WORKBENCH_DATA", str(request.getfixturevalue("image_data")))
    found = steps(text)
    assert sum(isinstance(step, Command) for step in found) >= 2
    for step in found:
        if isinstance(step, File):
            (tmp_path / step.name).write_text(step.text, encoding="utf-8")
        else:
            printed = run(step, tmp_path)
            assert aligned(step.shown, printed) is not None, "\n".join(
                [f"$ {step.line}", *printed, "", "but the page shows", "", *step.shown]
            )


@pytest.mark.parametrize(
    ("shown", "printed", "fits"),
    [
        (["loss 0.5  ok"], ["loss 1,234.5 ok"], True),
        (["loss 0.5 ok"], ["loss 0.5 bad"], False),
        (["a", "…", "z"], ["a", "b", "c", "z"], True),
        (["a", "…", "z"], ["a", "b", "c"], False),
        (["a"], ["a", "b"], False),
        (["…", "b 3e-4"], ["a", "b 1e-3"], True),
    ],
)
def test_words_must_agree_and_numbers_need_not(shown: list[str], printed: list[str], fits: bool) -> None:
    assert (aligned(shown, printed) is not None) == fits
