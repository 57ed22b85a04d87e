"""Studies and generations side by side: what each found, how soon, by what, and whether they can be compared."""
