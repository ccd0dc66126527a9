"""Dask's own lines: what goes wrong is told by fclab, in one line and the user's language."""

import logging
import warnings


def quieten() -> None:
    """Have Dask say nothing in this process."""
    for name in ("distributed", "distributed.client", "distributed.gc"):  # each has its own level
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", "Creating scratch directories", UserWarning)  # a busy disk
