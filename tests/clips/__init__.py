"""Clips of known movement: altering and spoiling them, and scoring formcheck against the truth.

Shared by the tests and the benchmarks, which do not import from each other. Not part of the package
that is installed.
"""
