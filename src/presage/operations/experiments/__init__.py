"""Experiments: resources that compare campaigns, recommenders or offer campaigns."""
