"""Recipes that say which actions a user will take."""
