"""Amazon Forecast's datasets: domains and schemas."""
