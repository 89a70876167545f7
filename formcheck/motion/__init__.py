"""From poses to measured and judged repetitions; and the loop that runs every session."""
