"""The door for AWS's clients: bytes to members and back, signatures, errors, and the table of operations."""
