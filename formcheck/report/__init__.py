"""The reports of a session."""
