"""`python -m presage` is the `presage` command."""

from presage.cli import main

main(prog_name="presage")
