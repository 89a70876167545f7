"""The history: all past sessions in one SQLite file, to list, compare and export them."""
