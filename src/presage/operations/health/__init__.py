"""The calls below /health: alarms, what is read, what widgets bring, and what AWS would have charged."""
