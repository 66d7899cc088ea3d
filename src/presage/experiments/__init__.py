"""Experiments: who gets which arm, what came of it, and what that shows, however often one looks.

A split gives each user one arm, by hash: `splitting.py`. Interleaving makes one ranking of those of all arms:
`interleaving.py`. An experiment's stream of the event log says who was exposed to what, and what they did
then: `units.py` reads it, `results.py` judges.
"""
