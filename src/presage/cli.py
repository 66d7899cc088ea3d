"""The `presage` command."""


def main() -> None:
    """Run the command line."""
