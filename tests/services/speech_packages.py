"""Whether the packages for speech are installed; they are not in the tests' own environment everywhere."""

import importlib.util

import pytest


def need_speech(*packages: str) -> None:
    """Skips where a package is missing."""
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    if missing:
        pytest.skip(f"no speech without the packages {', '.join(missing)}")
