"""Local servers that behave as the platforms behind the channels do: to try and test a desk alone."""
