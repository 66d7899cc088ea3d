"""The door to deliveries: put, looked at, deleted, below /deliveries."""
