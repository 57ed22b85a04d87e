"""Why does my network not learn, and which hyperparameters are best: a workbench for PyTorch."""

__version__ = "0.1.0"
