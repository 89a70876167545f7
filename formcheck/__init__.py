"""formcheck: how well was each step-down, step-up or squat done, from one ordinary camera."""

__version__ = "0.1.0"
