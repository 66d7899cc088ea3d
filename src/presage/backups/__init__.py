"""Back-ups of a data folder, made while servers run on it, and how they become a data folder again.

snapshot     all that must be kept, as it is at a moment, by second names for files that never change
places       where back-ups go: a folder or an S3
repository   what is stored once, by its digest, and which of it belongs to which back-up
command      presage backup, presage restore
"""
