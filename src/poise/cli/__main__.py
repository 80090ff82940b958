"""Run the command line with ``python -m poise.cli``."""

from poise.cli import main

main()
