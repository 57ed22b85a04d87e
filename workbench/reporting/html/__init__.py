"""report.html: a study in one file that opens from disk, without a network, on a phone and on paper."""
