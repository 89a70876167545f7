"""What the person sees and hears."""
