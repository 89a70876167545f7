"""What the rooms pass on, declared once."""
