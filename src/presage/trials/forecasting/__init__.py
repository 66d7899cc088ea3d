"""Judging forecasting recipes on backtest windows, and choosing among them."""
