"""A study in the browser: what optuna-dashboard shows of it, and the server that shows it. Never loads torch."""
