"""Result folders, journals and the history."""
