"""Recipes that rank items, one algorithm a file."""
