"""The automatic predictor: several recipes, combined as backtests say."""
