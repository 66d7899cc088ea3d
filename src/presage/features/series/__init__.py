"""Rows of time series become a panel: aligned to steps, aggregated, filled."""
