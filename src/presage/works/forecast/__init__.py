"""What the jobs of Forecast do."""
