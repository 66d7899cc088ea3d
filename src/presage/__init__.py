"""presage: recommendations and forecasts behind the AWS APIs, from models that it trains itself."""

__version__ = "0.1.0"
