"""python -m workbench"""

import signal

from workbench.cli import INTERRUPTED
from workbench.cli.main import main

if __name__ == "__main__":
    code = main()
    if code == INTERRUPTED and hasattr(signal, "pthread_sigmask"):
        # Under -m Python ends itself by SIGINT, not with our exit code, where a KeyboardInterrupt once left a call
        # of exec (an import that makes a dataclass), though it was caught: CPython's Modules/main.c, exit_sigint.
        # Unless the signal is blocked.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    raise SystemExit(code)
