"""Global gradient-boosted trees on direct quantiles: one model of all series, steps and levels."""
