"""workbench dashboard: a study in the browser, while it runs too. Needs no torch."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from pathlib import Path
from typing import Any


def add_to(commands: Any) -> None:
    """The arguments of `workbench dashboard`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "dashboard",
        help="show studies in the browser",
        description="Serve optuna-dashboard on a storage's studies, with their reports beside it, until Ctrl-C.",
    )
    parser.add_argument("--study", metavar="NAME", help="begin with this one (default: the list of studies)")
    parser.add_argument(
        "--storage",
        metavar="URL",
        help="where they are stored (default: $WORKBENCH_STORAGE, else workbench.journal)",
    )
    parser.add_argument(
        "--out", metavar="DIR", default="reports", help="where the reports are, DIR/STUDY (default: reports)"
    )
    parser.add_argument(
        "--artifacts",
        metavar="PLACE",
        help="where the files of trials are, as `workbench tune` was told (default: $WORKBENCH_ARTIFACTS, else "
        "beside the storage)",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to serve on (default: 127.0.0.1, this machine)"
    )
    parser.add_argument(
        "--port", type=_port, default=8080, metavar="N", help="the next free one from N on (default: 8080; 0: any)"
    )
    parser.add_argument(
        "--read-only", action="store_true", help="refuse all changes: optuna-dashboard has no login"
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Open, serve. Ends by Ctrl-C or SIGTERM."""
    from workbench.dashboard import server
    from workbench.store import artifacts
    from workbench.store.storage import chosen, display, open_storage
    from workbench.tuning.interruption import Interruption

    with Interruption():
        where, out = chosen(options.storage), Path(options.out)
        storage = open_storage(where, reading=True)
        page = server.first_page(storage, where, options.study)
        site = server.application(
            storage, artifacts=artifacts.chosen(options.artifacts, where, out), out=out.absolute(),
            read_only=options.read_only, host=options.host,
        )  # fmt: skip
        with server.listen(site, options.host, options.port) as listening:
            address = server.address(options.host, listening.server_port)
            if options.port not in (0, listening.server_port):
                _say(f"port {options.port} is in use: serving on {listening.server_port}")
            if not options.read_only and not server.is_loopback(options.host):
                _say(
                    f"warning: whoever reaches {options.host} can change and delete these studies, for there is no "
                    f"login\n  hint: add --read-only, or serve on 127.0.0.1 through a tunnel (ssh -L)"
                )
            _say(f"{display(where)}{', read-only' if options.read_only else ''}; Ctrl-C ends it")
            print(f"{address}{page}", flush=True)  # noqa: T201 - the result
            if not options.no_browser and _has_display():
                import webbrowser

                threading.Thread(target=webbrowser.open, args=(f"{address}{page}",), daemon=True).start()
            listening.serve_forever()
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 1 to 65535, or 0 for any that is free")
    return int(text)


def _has_display() -> bool:
    """Whether a browser has a window to open; one for the terminal would take it from us."""
    return sys.platform in ("darwin", "win32") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - beside the result
