"""A package that brings an exercise of its own, as others would."""
