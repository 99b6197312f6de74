"""Local servers that behave as the services behind the channels do, for trying them and for tests."""
