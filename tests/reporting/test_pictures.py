"""The pictures of report.md: there, small, the same again, and nothing of a user's matplotlib is touched."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from workbench.reporting import figures, pictures
from workbench.store.history import History
from workbench.study.trial import Epoch


@pytest.fixture
def shown(history: History) -> History:
    """The history with evidence of two features and three classes."""
    grid = base64.b64encode(bytes(i % 3 for i in range(100))).decode()
    axis = [i / 10 for i in range(10)]
    evidence: dict[str, Any] = {
        "trial": 8, "examples": 6, "labels": ["cat", "dog", "<b>"], "confusion": [[2, 0, 0], [1, 1, 0], [0, 0, 2]],
        "per_class": [], "mistakes": [],
        "boundary": {
            "x": axis, "y": axis, "labels": ["cat", "dog", "<b>"], "points": [[0.1, 0.2, 0], [0.5, 0.5, 2]],
            "trials": [{"trial": 8, "values": grid}, {"trial": 2, "values": grid}],
        },
    }  # fmt: skip
    return replace(history, facts={**history.facts, "evidence": evidence})


def test_every_picture_opens_is_small_and_comes_out_the_same_again(shown):
    drawn = pictures.draw(shown)
    assert set(drawn) == set(pictures.TITLES) - {"front.png"}  # which a study by size, too, has
    for name, content in drawn.items():
        assert 1_000 < len(content) < 100_000
        if name.endswith(".svg"):
            assert ElementTree.fromstring(content).tag.endswith("svg")
        else:
            Image.open(io.BytesIO(content)).verify()
    assert pictures.draw(shown) == drawn


def test_a_thousand_trials_stay_small(history):
    curve = tuple(Epoch(n, 1 / n, 1 - 0.123456 / n, 1.1 / n, 1 - 0.234567 / n) for n in range(1, 31))
    rows = tuple(
        replace(history.rows[2], number=i, curve=curve, value=0.7 + 0.3 * (i * 0.618 % 1)) for i in range(1000)
    )
    for content in pictures.draw(replace(history, rows=rows)).values():
        assert len(content) < 100_000


def test_what_is_not_there_is_not_drawn(history, nothing_completed):
    assert set(pictures.draw(history)) == {"learning-curves.svg", "optimization.png"}
    assert pictures.draw(nothing_completed) == {}
    assert pictures.boundary(history, 8) is None
    assert pictures.curves(history, 5) is None  # it failed before its first epoch


def test_a_single_trial_has_pictures_of_its_own(shown):
    for content in (pictures.curves(shown, 8), pictures.boundary(shown, 2)):
        assert content is not None
        assert Image.open(io.BytesIO(content)).format == "PNG"
    assert pictures.boundary(shown, 7) is None


LEFT_ALONE = """
import sys, matplotlib
matplotlib.rcParams["font.size"] = 31
from workbench.reporting import pictures
from workbench.store.history import from_jsonl
pictures.draw(from_jsonl(sys.stdin.read()))
assert matplotlib.rcParams["font.size"] == 31
assert "torch" not in sys.modules
"""


def test_a_users_own_matplotlib_is_left_alone(shown):
    from workbench.store.history import to_jsonl

    command = [sys.executable, "-W", "error", "-c", LEFT_ALONE]
    subprocess.run(command, input=to_jsonl(shown), text=True, check=True, timeout=120)


def test_figures_have_real_colours_in_either_theme_and_nothing_else_changes(shown):
    for figure in figures.every(shown, {}).values():
        for theme in ("light", "dark"):
            assert not any(token in repr(figures.coloured(figure, theme)) for token in figures.PALETTES["light"])
    assert figures.coloured({"name": "@home", "text": ["@c0 is mine"]}) == {
        "name": "@home",
        "text": ["@c0 is mine"],
    }
