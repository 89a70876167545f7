"""Finding repetitions and their events."""
