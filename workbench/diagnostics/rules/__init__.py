"""One rule a file, found by being there. How to add one: docs/adding-a-rule.md."""
