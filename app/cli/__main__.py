"""`python -m app.cli`: the command line for processes that are started by another."""

from app.cli import main

main()
