"""From poses to judged repetitions: the analyzer and the pure functions it folds over."""
