"""The three ways to run: one film, live, many films."""
