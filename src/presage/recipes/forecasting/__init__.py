"""Recipes that forecast time series: a panel of series in, quantiles and means out."""
