"""Amazon Forecast's operations."""
