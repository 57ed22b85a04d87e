"""Watches a running script through torch's own hooks and writes down what it saw. Runs in the child process only.

Nothing here draws a random number or changes one: every number the script computes is the one it would have
computed alone. `Recorder` in session.py is the way in; all hooks and patches are undone when its `with` block
ends.
"""
