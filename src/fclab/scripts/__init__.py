"""The program of a network: plain PyTorch that trains it again and gets the same numbers."""

from fclab.scripts.program import Script, listing, script

__all__ = ["Script", "listing", "script"]
