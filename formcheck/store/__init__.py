"""What is kept: result folders, journals, the history."""
