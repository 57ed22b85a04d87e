"""Spends a budget: asks for points, trains them, tells what came out."""
