"""Real servers on this machine, one module each, for the tests that speak to them."""
