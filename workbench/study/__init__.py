"""What a study file may say, and how it is read. Knows neither torch nor Optuna."""
