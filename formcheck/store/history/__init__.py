"""Past sessions in one SQLite file."""
