"""The version of fclab."""

__version__ = "0.2.0.dev0"
