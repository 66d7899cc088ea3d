"""Now: campaigns answer from memory-mapped versions and from what callers told a moment ago.

version      what a trained solution version keeps on disk
past, live   what users did before its training, and since
histories    both together, as a question to the model
scorer       questions that wait together are answered together
deployment   a campaign and its version; all campaigns of this process
follow       the event log, so that events told to one process reach every process
filtering    what an answer may show: items as cells, what users did last as histories
recommend    the questions that campaigns answer; `actions` the one about actions
"""
