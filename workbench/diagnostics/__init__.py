"""Finds out why a training script does not learn: runs it, watches it, names the line."""
