"""Arrays in, arrays out: angles, filters, the view."""
