"""Drawing over the frames, and the window that shows them."""
