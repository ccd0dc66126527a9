"""Runs that are kept."""

from pathlib import Path

DEFAULT = Path("results") / "store.db"
"""The store of every command that is not given another one."""
