"""workbench doctor: what this installation has and can do, a line each; the text to paste into a bug report."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import workbench
from workbench.errors import WorkbenchError

PROBLEM = 1  # the exit code where something will not work
SCARCE = 1 << 30  # bytes of memory or disk below which a study may end early
TOO_LITTLE = 100 << 20  # bytes below which next to nothing works

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Line:
    """What was looked at, how it is, in words, and the way out where it is not well."""

    name: str
    state: State
    said: str
    hint: str = ""


def add_to(commands: Any) -> None:
    """The arguments of `workbench doctor`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "doctor",
        help="check versions, devices, storage, data and disk",
        description="Say what this installation has and can do. Exit code 1 where something will not work.",
    )
    parser.add_argument(
        "--storage",
        metavar="URL",
        help="the storage to look at (default: $WORKBENCH_STORAGE, else workbench.journal)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Look, print, and say whether all is well."""
    lines = list(examine(options.storage))
    if options.json:
        sys.stdout.write(json.dumps({"checks": [asdict(line) for line in lines]}) + "\n")
    else:
        width = max(len(line.name) for line in lines)
        for line in lines:
            sys.stdout.write(f"{line.state:<7}  {line.name:<{width}}  {line.said}\n")
            if line.hint:
                sys.stdout.write(f"{'':<7}  {'':<{width}}    -> {line.hint}\n")
    return PROBLEM if any(line.state == "problem" for line in lines) else 0


def examine(where: str | None = None) -> Iterator[Line]:
    """Every line. A check that cannot be made is a line, too."""
    from workbench.store.address import scrubbed
    from workbench.store.storage import chosen

    checks: dict[str, Callable[[], Iterator[Line]]] = {
        "system": _system,
        "packages": _packages,
        "torch": _torch,
        "device": _device,
        "processor": _processor,
        "memory": _memory,
        "storage": lambda: _storage(where),
        "data": _data,
        "disk": _disk,
        "browser": _browser,
    }
    for name, check in checks.items():
        try:
            yield from check()
        except WorkbenchError as error:
            yield Line(name, "problem", error.message, error.hint or "")
        except Exception as error:  # noqa: BLE001 - the doctor must not be the one to fall ill
            said = scrubbed(chosen(where) or "", f"{type(error).__name__}: {error}")
            yield Line(name, "problem", f"could not be checked: {said}")


def _system() -> Iterator[Line]:
    import platform

    yield Line("workbench", "ok", f"{workbench.__version__}, {Path(workbench.__file__).parent}")
    yield Line("python", "ok", f"{platform.python_version()}, {sys.executable}")
    yield Line("system", "ok", f"{platform.platform(terse=True)}, {platform.machine()}")


def _packages() -> Iterator[Line]:
    """What our own metadata asks for, beside what is installed; of an extra, only what is there."""
    from importlib import metadata

    from packaging.requirements import Requirement

    found = []
    for text in metadata.requires("workbench") or ():
        wanted = Requirement(text)
        extra = wanted.marker is not None and not wanted.marker.evaluate({"extra": ""})
        try:
            version = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            if not extra:
                yield Line("packages", "problem", f"{wanted.name} is missing", f'pip install "{wanted}"')
            continue
        if not wanted.specifier.contains(version, prereleases=True):
            hint = f'pip install "{wanted.name}{wanted.specifier}"'
            yield Line("packages", "warning", f"{wanted.name} {version} was not tried with this version", hint)
        elif not extra:
            found.append(f"{wanted.name} {version}")
    yield Line("packages", "ok", ", ".join(found))


def _torch() -> Iterator[Line]:
    """torch and torchvision are built for one another: any other pair fails at import, or later."""
    from importlib import metadata

    import torch
    from packaging.requirements import Requirement

    built = f"CUDA {torch.version.cuda}" if torch.version.cuda else "CPU only"
    wanted = [Requirement(text) for text in metadata.requires("torchvision") or ()]
    pair = next((one for one in wanted if one.name == "torch"), None)
    version = metadata.version("torchvision")
    if pair is not None and not pair.specifier.contains(torch.__version__, prereleases=True):
        said = f"torch {torch.__version__} and torchvision {version}, which wants torch{pair.specifier}"
        yield Line("torch", "problem", said, "pip install --upgrade --force-reinstall torch torchvision")
        return
    import torchvision  # noqa: F401 - its import is the check

    yield Line("torch", "ok", f"{torch.__version__} ({built}) with torchvision {version}")


def _device() -> Iterator[Line]:
    import torch

    for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        free, total = torch.cuda.mem_get_info(index)
        said = f"cuda:{index}, {torch.cuda.get_device_name(index)}, {_size(free)} of {_size(total)} free"
        yield Line("device", "warning" if free < SCARCE else "ok", said)
    if torch.cuda.is_available():
        return
    if torch.version.cuda and any(Path("/dev").glob("nvidia[0-9]*")):
        hint = "nvidia-smi says whether the driver runs; its CUDA version must be at least torch's"
        yield Line("device", "warning", "a GPU is there, but torch cannot use it", hint)
    else:
        yield Line("device", "ok", "no GPU: studies are trained on the CPU")


def _processor() -> Iterator[Line]:
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    said = f"{cores} cores, torch uses {torch.get_num_threads()} threads"
    if named := os.environ.get("OMP_NUM_THREADS"):
        said += f" (OMP_NUM_THREADS={named})"
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > cores + 1:
        yield Line("processor", "warning", f"{said}, load {load:.1f}", "others compute here: expect longer times")
    else:
        yield Line("processor", "ok", f"{said}, load {load:.1f}")


def _memory() -> Iterator[Line]:
    from workbench.tuning import memory

    free = memory.free()
    if free is None:
        return
    hint = "close other programs; --workers 1 needs less" if free < SCARCE else ""
    yield Line("memory", _scarcity(free), f"{_size(free)} free", hint)


def _storage(where: str | None) -> Iterator[Line]:
    from workbench.store import storage, trials

    chosen = storage.chosen(where)
    shown = storage.display(chosen)
    file = "://" not in (chosen or "")
    if file and not Path(chosen or storage.DEFAULT).exists():
        yield Line("storage", "ok", f"{shown}: not there yet, `workbench tune` makes it")
        return
    try:
        names = trials.names(chosen)
    except WorkbenchError as error:
        empty = "nothing is stored there" in error.message
        yield Line("storage", "ok" if empty else "problem", error.message, "" if empty else error.hint or "")
        return
    yield Line("storage", "ok", f"{shown}: {', '.join(sorted(names)) or 'no study yet'}")


def _data() -> Iterator[Line]:
    from workbench.data import image_files

    for name in image_files.FILES:
        try:
            place = image_files.whole(name)
        except WorkbenchError as error:
            yield Line("data", "problem", error.message, error.hint or "")
            continue
        if place is None:
            hint = (
                "a study that needs it downloads it; without a network: set WORKBENCH_DATA to a folder that has it"
            )
            yield Line("data", "warning", f"{name} is not here", hint)
        else:
            yield Line("data", "ok", f"{name} in {place}, md5 as published")


def _disk() -> Iterator[Line]:
    import shutil
    import tempfile

    import platformdirs

    places = {"this folder": Path.cwd(), "cache": platformdirs.user_cache_path("workbench")}
    places["temporary files"] = Path(tempfile.gettempdir())
    for name, place in places.items():
        folder = next(one for one in (place, *place.parents) if one.exists())
        free = shutil.disk_usage(folder).free
        state, hint = _scarcity(free), "free some space" if free < SCARCE else ""
        if not os.access(folder, os.W_OK):
            state, hint = "problem", "reports and results need a folder that may be written: go to another one"
        yield Line("disk", state, f"{name}: {folder}, {_size(free)} free", hint)


def _browser() -> Iterator[Line]:
    import webbrowser

    try:
        yield Line("browser", "ok", webbrowser.get().name)
    except webbrowser.Error:
        yield Line("browser", "warning", "none was found", "open the addresses that are printed on another machine")


def _scarcity(free: int) -> State:
    if free >= SCARCE:
        return "ok"
    return "problem" if free < TOO_LITTLE else "warning"


def _size(count: float) -> str:
    return f"{count / (1 << 30):.1f} GiB"
