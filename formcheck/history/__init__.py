"""Past sessions: one SQLite file on this machine, and what it shows over time."""
