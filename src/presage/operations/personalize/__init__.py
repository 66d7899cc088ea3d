"""Amazon Personalize's operations."""
