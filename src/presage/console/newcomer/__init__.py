"""From a file of events, whatever its columns are called, to a campaign that recommends."""
