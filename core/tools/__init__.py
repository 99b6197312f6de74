"""What the desk can do for a customer: tools, the talk that fills them in, and their running."""
