"""The ways to run formcheck: one film, a live or guided session, and many films (batch).

This package connects the others: it opens the film or camera, runs the loop, and writes the
results. It also prepares what is computed from several sessions, such as comparisons and progress.
"""
