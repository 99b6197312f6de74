"""Whether the packages for speech are installed; the tests' environment has them, a smaller one may not."""

import importlib.util

from tests.services.process import missing


def need_speech(*packages: str) -> None:
    """Skips where a package is missing; where CI is set, that is a failure."""
    absent = [package for package in packages if importlib.util.find_spec(package) is None]
    if absent:
        missing("speech", f"the packages {', '.join(absent)} are not installed")
