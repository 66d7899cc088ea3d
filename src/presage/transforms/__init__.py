"""`presage features`: files of events in, records or rows of features out.

files       JSON lines, CSV and Parquet become events with identity and time
local       one process after another takes some of the identities
spark       the same fold on the workers of a Spark cluster
out         JSON lines, CSV and Parquet of what came out
command     the commands
"""
