"""Repairs as text: what `workbench diagnose --diff` shows, and `--fix` writes.

One module an idea; each has REPAIRS, from a rule's name to a function `repair(code, finding) -> Edit`, which raises
NoRepair where the line could be meant in two ways. It is pure: code.py applies its edit, plan.py gathers the edits
of all findings and writes them. LibCST is imported when a repair is asked for, and nowhere else.
"""
