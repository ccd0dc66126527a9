"""Studies: rows × seeds on one dataset, each row with the one that it is compared to."""
