"""`python -m bridge.cli`: the `chaperone` command where it is not on the path."""

from bridge.cli.main import main

main()
