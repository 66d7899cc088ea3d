"""Decisions: which offer each person gets, logged before it is answered, learned from what it earned.

All that a campaign knows is a fold of its stream in the event log: `state.py`. A decision is a pure function
of that state and of what was asked: `choosing.py`. So the log alone makes every decision again: `replay.py`.
What is scarce, a budget or a capped offer, has a price: `pricing.py` solves for it, `prices.py` corrects it
with each decision. `assigning.py` decides for many users at once.
"""
