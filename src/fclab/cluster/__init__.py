"""The same training over many processes and machines, by Dask distributed."""
