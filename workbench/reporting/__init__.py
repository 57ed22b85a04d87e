"""Numbers to words: rankings, pages, terminal lines. Never loads torch."""
