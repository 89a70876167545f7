"""What is drawn over the picture, and the window it is shown in."""
