"""The doors: each translates one outside world into messages and back."""
