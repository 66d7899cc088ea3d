"""The hierarchical recurrent family."""
