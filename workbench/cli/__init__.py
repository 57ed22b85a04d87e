"""One command a file: read arguments, one call, print, exit code."""

INTERRUPTED = 130  # exit code of a command that a signal ended: 128 + SIGINT
