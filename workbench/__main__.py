"""python -m workbench"""

import signal

from workbench.cli import INTERRUPTED

if __name__ == "__main__":
    try:
        from workbench.cli.main import main

        code = main()
    except KeyboardInterrupt:  # while it was imported
        code = INTERRUPTED
    if code == INTERRUPTED and hasattr(signal, "pthread_sigmask"):
        # Under -m Python ends itself by SIGINT, not with our exit code, where a KeyboardInterrupt once left a call
        # of exec (an import that makes a dataclass), though it was caught: CPython's Modules/main.c, exit_sigint.
        # Unless the signal is blocked.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    raise SystemExit(code)
