"""Forecasts that were made, and the predictors that made them.

keys         series by the values of their dimensions
predictor    what a trained predictor keeps on disk: a model, and its forecasts of backtest windows
stored       a forecast on disk, memory-mapped, with its keys
opened       those that queries asked for lately
"""
