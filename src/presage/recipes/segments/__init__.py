"""Recipes that find users for items."""
