"""Optuna, and all that is remembered of a study."""
