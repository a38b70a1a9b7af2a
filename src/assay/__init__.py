"""Assay: how good is this candidate, and may it ship?"""

from assay._version import __version__


__all__ = ["__version__"]
