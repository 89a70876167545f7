"""Makes films of rendered people, and the truth of what they do. Needs nothing of formcheck."""
