"""Why does my network not learn, and which hyperparameters are best: a workbench for PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.diagnostics.live import diagnose, watch

__all__ = ["__version__", "diagnose", "watch"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`workbench.diagnose` and `workbench.watch`, without `import workbench` having to wait for torch."""
    if name in ("diagnose", "watch"):
        from workbench.diagnostics import live

        return getattr(live, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
