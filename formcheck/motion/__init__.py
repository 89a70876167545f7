"""From poses to judged repetitions: pure functions over arrays, and the one loop."""
