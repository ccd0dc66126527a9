"""Compiled kernels that the fast engines share."""
