"""python -m workbench.diagnostics.show SCRIPT [FIELD ...]: the trace of a script, for those who write rules."""

from __future__ import annotations

import dataclasses
import pprint
import sys
from pathlib import Path

from workbench.diagnostics.engine import judge, probes_of
from workbench.diagnostics.rule import rules
from workbench.diagnostics.runner import Runner


def main(arguments: list[str]) -> int:
    """Run, and print the fields asked for (default: all, shortened) and the findings."""
    script, fields = Path(arguments[0]), arguments[1:]
    with Runner() as runner:
        run = runner.run(script, probes=probes_of(rules()))
    lines = []
    for field in dataclasses.fields(run.trace):
        value = getattr(run.trace, field.name)
        if field.name in fields:
            lines.append(f"{field.name} = {pprint.pformat(value, width=150)}")
        elif not fields and field.name != "sources":
            shown = value[:2] if isinstance(value, tuple) else value
            count = f" ({len(value)})" if isinstance(value, tuple) else ""
            lines.append(f"{field.name}{count} = {pprint.pformat(shown, width=150)}")
    lines += [f"finding = {pprint.pformat(finding, width=150)}" for finding in judge(run.trace)[0]]
    sys.stdout.write("\n".join([*lines, run.stderr[-3000:]]) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
