"""Features as it happens: what is told of identities is logged, folded, and answered.

documents.py   the two documents of a feature set, checked and made ready
answers.py     what is answered of an identity
folding.py     from the log into the online store: each event exactly once
sets.py        feature sets that are registered
lookups.py     answers from the online store
live.py        all of them in one server
reading.py     what decisions read of them
app.py         the door: /features/...
"""
