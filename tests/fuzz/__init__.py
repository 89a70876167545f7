"""Feeds the command line with broken, odd and hostile input; ``python -m tests.fuzz --help``."""
