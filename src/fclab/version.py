"""The version of fclab."""

__version__ = "0.1.0"
