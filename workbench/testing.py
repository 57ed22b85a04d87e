"""For projects that keep their network healthy in CI: a pytest plugin with one assertion and one fixture.

pytest loads it by itself where workbench is installed, so nothing slow is imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from workbench.diagnostics.live import Result

__all__ = ["assert_trainable", "diagnose_script"]


def assert_trainable(model: Any, data: Any, *, strict: bool = False, **wishes: Any) -> Result:
    """Fail, with the findings, where `workbench.diagnose(model, data, ...)` finds an error; `strict`: a warning."""
    from workbench.diagnostics.live import diagnose

    __tracebackhide__ = True
    result = diagnose(model, data, **wishes)
    if result.errors or (strict and result.findings):
        pytest.fail(f"the network is not fit to be trained\n{result}", pytrace=False)
    return result


@pytest.fixture(scope="session")
def diagnose_script() -> Iterator[Callable[..., Result]]:
    """`diagnose_script("train.py", args=(...,), steps=50)`: run a training script, and give what was found."""
    from workbench.diagnostics import engine
    from workbench.diagnostics.runner import Runner
    from workbench.diagnostics.unseen import unseen

    with Runner() as runner:

        def run(path: str | Path, **wishes: Any) -> Result:
            from workbench.diagnostics.live import Result

            report = engine.diagnose(Path(path), runner=runner, **{"prove": False, **wishes})
            problem = unseen(report)
            if problem is not None:
                raise problem
            return Result(report)

        yield run
