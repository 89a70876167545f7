"""Frames with true times: films and cameras, and films written."""
