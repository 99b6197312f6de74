"""Two small businesses with systems of their own, so that tools can be tried without any."""
