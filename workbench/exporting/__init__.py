"""A trained network put to use: exported to files that need no workbench, or asked about new examples."""
