"""report.html: what stands in the file, and what a real browser without a network makes of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from workbench.reporting import figures, files
from workbench.reporting.html.document import document
from workbench.store.history import History
from workbench.store.importance import importances
from workbench.study.trial import Epoch

VOID = {"meta", "link", "img", "input", "br"}


class Outline(HTMLParser):
    """Every element is closed, and closed by its own end; notes tags, attributes and text outside scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def untested(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if name not in ("openings", "final", "baselines")}


def many(history: History, count: int = 40) -> History:
    """A study of so many trials, whose accuracy follows the learning rate; every third is cut short."""
    rows = []
    for number in range(count):
        lr = 0.001 * 100 ** (((number * 7) % count) / count)
        best = 0.95 - 2 * abs(lr - 0.02)
        curve = tuple(
            Epoch(epoch, 1.2 / epoch, best - 0.2 / epoch, 1.3 / epoch, best - 0.25 / epoch) for epoch in range(1, 6)
        )
        plain = replace(
            history.rows[0], number=number, curve=curve, value=curve[-1].validation_accuracy, duplicate_of=None,
            point={**history.rows[1].point, "lr": lr, "units": [16 + number % 100, 20]}, parameters=1000 + number,
        )  # fmt: skip
        if number % 3 == 2:
            plain = replace(
                plain, state="pruned", ended="pruned", curve=curve[:2], value=curve[1].validation_accuracy
            )
        rows.append(plain)
    return replace(history, rows=tuple(rows), facts=untested(history.facts))


def written(history: History) -> str:
    return document(history, [], figures.every(history, importances(history)))


def test_the_page_needs_nothing_from_outside(history):
    page = Outline(written(many(history)))
    for _, attributes in page.tags:
        for name in ("src", "href"):
            address = attributes.get(name) or "#"
            assert address.startswith(("#", "data:"))
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    assert "@import" not in written(history)
    assert "url(" not in (Path(figures.__file__).parent / "html" / "style.css").read_text()


def test_two_hundred_trials_of_twenty_epochs_fit_into_three_megabytes(history):
    large = many(history, 200)
    curve = tuple(Epoch(n, 0.123456789, 0.987654321, 0.234567891, 0.876543219) for n in range(1, 21))
    large = replace(large, rows=tuple(replace(row, curve=curve) for row in large.rows))
    assert len(written(large).encode()) < 3_000_000


def test_a_page_of_many_trials_is_no_larger_than_one_of_a_thousand_and_says_so(history):
    thousand, many_more = many(history, 1000), many(history, 4000)
    page = written(many_more)
    assert len(page) < 1.02 * len(written(thousand))
    assert page.count("<tr data-state=") == 1000
    assert "The first 1,000 of 4,000 trials" in page
    assert "Drawn are 1,000 of 4,000 trials" in page
    assert "Drawn are" not in written(thousand)


def test_of_many_trials_the_leaders_and_the_best_are_drawn_and_all_are_counted(history):
    study = many(history, 4000)
    points, rings, steps = figures.optimization(study)["data"]
    assert (points["name"], rings["name"]) == ("complete (2667)", "pruned (1333)")
    numbers = {*points["x"], *rings["x"]}
    assert 1000 <= len(numbers) <= 1000 + figures.LEADERS
    best = sorted(study.rows, key=lambda row: -row.value)
    assert {row.number for row in best[:500]} <= numbers
    assert {row.number for row in figures.leading(study)} <= numbers
    assert any(row.number in numbers for row in best[-8:])  # and bad ones: every seventh of the others
    assert steps == figures.optimization(study, whole=True)["data"][2]
    whole = figures.optimization(study, whole=True)["data"]
    assert len(whole[0]["x"]) + len(whole[1]["x"]) == 4000


def test_what_users_named_is_text_and_no_markup(history):
    evil = '</script><img src=x onerror="alert(1)">'
    spec = {**history.spec, "description": evil, "space": {**history.spec["space"], "opt": {"choice": [evil, "b"]}}}
    rows = tuple(
        replace(row, point={**row.point, "opt": evil if i % 2 else "b"}, reason=evil)
        for i, row in enumerate(history.rows)
    )
    facts = {**history.facts, "command": ["workbench", "tune", "--set", evil]}
    page = Outline(written(replace(history, study="a<b>&c", spec=spec, rows=rows, facts=facts)))
    assert page.all("img") == []
    assert "a<b>&c" in page.text
    assert evil in page.text


@pytest.mark.parametrize("case", ["nothing_completed", "stand_in"])
def test_a_study_without_a_winner_or_on_other_data_says_so(request, case):
    page = Outline(written(request.getfixturevalue(case)))
    if case == "nothing_completed":
        assert "No trial was completed." in page.text
    else:
        assert "STAND-IN DATA" in page.text


def test_a_single_number_that_was_not_tested_is_said_to_flatter(history):
    page = Outline(written(replace(history, facts=untested(history.facts))))
    assert "validation accuracy, the highest of 6: it flatters" in page.text
    tested = Outline(written(history))
    assert "it flatters" not in tested.text
    assert "test accuracy, 10,000 examples" in tested.text


def test_every_figure_is_told_in_words(history):
    page = Outline(written(many(history)))
    plots = [one for one in page.all("div") if one.get("class", "").startswith("plot")]
    assert {"optimization", "accuracy", "loss", "importances", "parallel", "slice-lr"} <= {
        one["data-figure"] for one in plots
    }
    assert all(one["role"] == "img" and len(one["aria-label"] or "") > 20 for one in plots)


# -- in a browser ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    where = shutil.which("chromium")
    if where is None:
        message = "needs Chromium: apt-get install chromium fonts-dejavu-core"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(chromium: Browser, path: Path, width: int, **context: Any) -> tuple[Page, list[str]]:
    """The page from disk, without a network, when its figures are drawn; and what the console said."""
    page = chromium.new_context(viewport={"width": width, "height": 900}, offline=True, **context).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-drawn=yes]", timeout=120_000)
    return page, said


@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_shows_sorts_and_filters_it(chromium, history, tmp_path, width):
    study = many(history)
    files.write_reports(study, tmp_path, seconds={"total": 1.0})
    page, said = opened(chromium, tmp_path / "report.html", width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    drawn = page.locator(".plot .main-svg").count()
    assert drawn >= page.locator(".plot").count() > 5

    shown = page.locator("#ranking tbody tr:visible")
    first = 25 if width > 1000 else 10
    assert shown.count() == first
    assert page.locator("#told").inner_text() == f"{first} of 40 trials shown, 40 match"
    page.locator("#more").click()
    assert shown.count() == 40

    def column(name: str) -> list[str]:
        index = page.locator(f"#ranking th[data-name='{name}']").evaluate("head => head.cellIndex")
        return [
            cell.strip()
            for cell in page.locator(f"#ranking tbody tr:visible td:nth-child({index + 1})").all_inner_texts()
        ]

    accuracies = [float(text) for text in column("accuracy")]
    assert accuracies[0] == max(accuracies)
    button = page.locator("#ranking th[data-name='lr'] button")
    button.focus()
    page.keyboard.press("Enter")
    rates = [float(text) for text in column("lr")]
    assert rates == sorted(rates)
    assert page.locator("#ranking th[data-name='lr']").get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Enter")
    assert [float(text) for text in column("lr")] == rates[::-1]

    page.locator("#filter").fill("lr<0.01 complete")
    expected = sum(row.point["lr"] < 0.01 and row.state == "complete" for row in study.rows)
    assert 0 < shown.count() == expected
    page.locator("#filter").fill("")
    page.locator("#state").select_option("pruned")
    assert set(column("state")) == {"pruned"}
    page.locator("#filter").fill("nowhere")
    assert shown.count() == 0
    assert said == []


def test_it_follows_the_readers_colours_until_told_otherwise(chromium, history, tmp_path):
    files.write_reports(many(history), tmp_path, seconds={"total": 1.0})
    page, said = opened(chromium, tmp_path / "report.html", 1280, color_scheme="dark")

    def colours() -> tuple[str, str]:
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return back, page.locator(".plot .xtick text").first.evaluate("text => getComputedStyle(text).fill")

    dark = colours()
    page.locator("#theme").click()
    light = colours()
    assert all(one != other for one, other in zip(dark, light, strict=True))
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert said == []
