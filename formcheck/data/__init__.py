"""The records that all rooms share, declared once."""
