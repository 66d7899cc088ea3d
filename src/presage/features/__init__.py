"""Prepare: what is told, or in the tables, becomes what recipes learn from.

Nothing is imported here: what folds events needs no recipes.

select.py      which interactions count, and whether they are enough
columns.py     which columns a model may learn from
encode.py      tables -> `Encoded`: the log, its vocabulary, item records
actions.py     tables -> `EncodedActions`: the same, and what users did with actions
objective.py   what each item earns under a solution's optimizationObjective
series/        tables -> a panel of series
bts/           events -> features of each identity
"""
