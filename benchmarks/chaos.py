"""Two hosts tune one study in PostgreSQL while faults are injected: is anything lost, is anything counted twice?

    python benchmarks/chaos.py --trials 200 --every 8 --outage 20

Starts a PostgreSQL server on loopback (Debian's package is enough) and two `workbench tune` of two worker processes
each. Every few seconds one fault, in an order that --seed draws: kill -9 of a worker, kill -9 of a host's parent
(which is started again, as a supervisor would), the server stopped, all connections cut, the disk of the reports
full (a small tmpfs; needs root). Then the same study is tuned by one undisturbed command, and the two are compared:
every trial once, none under way, and without a pruner the same point and curve for each number.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

STUDY = """
name = "chaos"
task = "multiclass"
[data]
source = "digits"
[space]
depth = {{ int = [1, 2] }}
units = {{ int = [8, 24] }}
lr = {{ float = [1e-3, 0.3], log = true }}
optimizer = "adam"
batch_size = 64
epochs = {epochs}
[budget]
trials = {trials}
[search]
sampler = "random"
pruner = "{pruner}"
[confirm]
top = 2
seeds = 2
"""
SILENCE = "10"  # seconds after which a host is dead


class Server:
    """PostgreSQL on loopback, that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        programs = [shutil.which("initdb"), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")))]
        self.programs = Path([one for one in programs if one][-1]).parent
        self.folder = folder / "server"
        self.folder.mkdir()
        self.user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []  # it refuses to run as root
        if self.user:
            folder.chmod(0o755)
            shutil.chown(self.folder, "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"
        self._run("initdb", "-U", "postgres", "-A", "trust", "--no-sync")
        self.start()

    def start(self) -> None:
        words = f"-c listen_addresses=127.0.0.1 -p {self.port} -k {self.folder} -F"
        self._run("pg_ctl", "-w", "-o", words, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-m", "immediate", "stop")

    def cut(self) -> None:
        """All connections but the one that says so."""
        import psycopg

        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            )

    def told(self) -> int:
        """Trials that have ended."""
        import psycopg

        try:
            with psycopg.connect(self.url.replace("+psycopg", "")) as connection:
                found = connection.execute("SELECT count(*) FROM trials WHERE state <> 'RUNNING'").fetchone()
        except psycopg.Error:  # there is no table yet
            return 0
        return int(found[0]) if found else 0

    def _run(self, program: str, *words: str) -> None:
        command = [*self.user, str(self.programs / program), "-D", str(self.folder / "data"), *words]
        silent = subprocess.DEVNULL  # not a pipe: the server keeps what it inherits
        subprocess.run(command, check=True, cwd=self.folder, stdout=silent, stderr=silent)


class Host:
    """One command that is started again whenever it dies."""

    def __init__(self, name: str, study: Path, url: str, folder: Path) -> None:
        self.out, self.log = folder / name, folder / f"{name}.log"
        self.out.mkdir()
        self.command = [
            *(sys.executable, "-m", "workbench", "tune", "--study", str(study), "--storage", url),
            *("--out", str(self.out), "--engine", "fused", "--workers", "2", "--no-diagnose", "--device", "cpu"),
        ]  # fmt: skip
        self.environment = os.environ | {
            "WORKBENCH_HOST_TIMEOUT": SILENCE, "XDG_STATE_HOME": str(folder / f"{name}.state")
        }  # fmt: skip
        self.ends: list[int] = []
        self.start()

    def start(self) -> None:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, env=self.environment, start_new_session=True
            )

    def keep_going(self) -> bool:
        """Whether it has ended well. A host that was killed, or could not go on, is started again."""
        code = self.process.poll()
        if code is None:
            return False
        if code != 0:
            self.ends.append(code)
            self.start()
        return code == 0

    def workers(self) -> list[int]:
        """The processes that train: children of the fork server."""
        command = ["ps", "-o", "pid=,ppid=", "-s", str(self.process.pid)]  # the parent leads a session of its own
        found = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        pairs = [tuple(map(int, line.split())) for line in found.splitlines()]
        children = {pid for pid, parent in pairs if parent == self.process.pid}
        return [pid for pid, parent in pairs if parent in children]

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--epochs", type=int, default=40, help="of each trial, so that the study lasts")
    parser.add_argument("--every", type=float, default=8.0, help="seconds from one fault to the next")
    parser.add_argument("--outage", type=float, default=20.0, help="seconds that the server is stopped")
    parser.add_argument("--faults", type=int, default=20, help="at most so many")
    parser.add_argument("--pruner", default="none")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        study = folder / "chaos.toml"
        study.write_text(STUDY.format(trials=options.trials, pruner=options.pruner, epochs=options.epochs))
        server = Server(folder)
        try:
            told = torment(options, folder, study, server)
        finally:
            server.stop()
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
    sys.exit(bool(told["wrong"]))


def torment(options: argparse.Namespace, folder: Path, study: Path, server: Server) -> dict[str, Any]:
    """Run, disturb, compare: what was injected, and what is wrong in the end."""
    chance, injected, started = random.Random(options.seed), Counter[str](), time.monotonic()
    hosts = [Host(one, study, server.url, folder) for one in ("first", "second")]
    kinds = ["worker", "parent", "server", "connections"]
    with tempfile.TemporaryDirectory() as probe:
        if small_disk(Path(probe)):
            kinds.append("disk")
    try:
        while server.told() == 0:
            time.sleep(1.0)
        again = time.monotonic() + options.every
        while sum(host.keep_going() for host in hosts) < len(hosts):
            time.sleep(0.2)
            if time.monotonic() < again or injected.total() >= options.faults:
                continue
            kind = kinds[injected.total() % len(kinds)]
            if inject(kind, chance.choice(hosts), server, options.outage):
                injected[kind] += 1
            again = time.monotonic() + options.every
    finally:
        for host in hosts:
            host.kill()
    seconds = time.monotonic() - started
    undisturbed = alone(study, folder)
    return {
        "trials": options.trials,
        "seconds": round(seconds, 1),
        "faults": {kind: injected[kind] for kind in kinds},
        "starts again": sum(len(host.ends) for host in hosts),
        "ends": sorted(Counter(code for host in hosts for code in host.ends).items()),
        "wrong": compare(server.url, undisturbed, options),
    }


def inject(kind: str, host: Host, server: Server, outage: float) -> bool:
    """Whether there was something to disturb."""
    if kind == "worker":
        workers = host.workers()
        if workers:
            with suppress(ProcessLookupError):
                os.kill(workers[-1], signal.SIGKILL)
        return bool(workers)
    if kind == "parent":
        running = host.process.poll() is None
        host.kill()
        return running
    if kind == "server":
        server.stop()
        time.sleep(outage)
        server.start()
    elif kind == "connections":
        server.cut()
    else:
        return small_disk(host.out, outage / 4)
    return True


def small_disk(folder: Path, seconds: float = 0.0) -> bool:
    """Put a disk in the folder's place that is full at once; whether this system lets us."""
    command = ["mount", "-t", "tmpfs", "-o", "size=4k", "full", str(folder)]
    if subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode:
        return False
    time.sleep(seconds)
    subprocess.run(["umount", "-l", str(folder)], check=True)
    return True


def alone(study: Path, folder: Path) -> str:
    """The same study by one command that nothing happens to: its storage."""
    where = str(folder / "alone.journal")
    command = [sys.executable, "-m", "workbench", "tune", "--study", str(study), "--storage", where]
    more = [
        "--out",
        str(folder / "alone"),
        "--engine",
        "fused",
        "--workers",
        "2",
        "--no-diagnose",
        "--no-confirm",
    ]
    subprocess.run([*command, *more], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return where


def compare(url: str, undisturbed: str, options: argparse.Namespace) -> list[str]:
    """What is wrong with the study that was disturbed."""
    from workbench.store.trials import read

    ours, theirs = read(url, "chaos"), read(undisturbed, "chaos")
    wrong = []
    numbers = [row.number for row in ours.rows]
    if numbers != list(range(options.trials)):
        wrong.append(f"numbers: {len(numbers)} trials, {len(set(numbers))} different, the last {max(numbers)}")
    states = Counter(row.state for row in ours.rows)
    if states["complete"] + states["pruned"] != options.trials:
        wrong.append(f"states: {dict(states)}")
    if options.pruner == "none":
        for row, other in zip(ours.rows, theirs.rows, strict=False):
            if (row.point, row.curve) != (other.point, other.curve):
                wrong.append(f"trial {row.number}: another point or curve")
    if len(ours.facts.get("openings", [])) != 1:
        wrong.append(f"the test part was opened {len(ours.facts.get('openings', []))} times")
    return wrong


if __name__ == "__main__":
    main()
