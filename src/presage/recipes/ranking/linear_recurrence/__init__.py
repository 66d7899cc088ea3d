"""Layers of linear recurrences: sums of what was used that fade at several speeds."""
