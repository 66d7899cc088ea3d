"""Fitted models at rest: a folder of arrays and one JSON, whole or absent."""

from .store import load, save

__all__ = ["load", "save"]
