"""What is said before, during and after a set."""
