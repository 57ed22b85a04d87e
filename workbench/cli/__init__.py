"""One command a file: read arguments, one call, print, exit code."""
