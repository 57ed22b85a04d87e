from __future__ import annotations

import pytest

from workbench.reporting import words


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0.0 s"), (12.34, "12.3 s"), (59.96, "1:00"), (243.2, "4:03"), (4000, "1:06:40")]
)
def test_a_duration_reads_as_a_clock_from_a_minute_on(seconds, text):
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (1, "1"),
        (0.0123456, "0.0123"),
        (1e-5, "1e-05"),
        ([88, 20], "88,20"),
        ("sgd", "sgd"),
        (None, "-"),
    ],
)
def test_a_value_is_short(value, text):
    assert words.value(value) == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ({"float": [0.001, 0.1], "log": True}, "0.001 to 0.1, log"),
        ({"int": [0, 128], "per": "depth", "step": 8}, "0 to 128, step 8, one per depth"),
        ({"choice": [True, False], "when": {"a": "x", "b": [1, 2]}}, "true, false, where a = x and b = 1 or 2"),
        ([50, 20], "50,20 (fixed)"),
        (False, "false (fixed)"),
    ],
)
def test_a_parameter_is_told_as_its_file_writes_it(written, text):
    assert words.parameter(written) == text
