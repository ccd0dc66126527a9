"""The report: one model built from results, and a renderer for every format of `formats`."""
