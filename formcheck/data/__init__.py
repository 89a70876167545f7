"""The records that all rooms (sub-packages) of formcheck share, each declared once."""
