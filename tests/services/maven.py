"""Servers that are published as Java archives: fetched once, into a Maven repository of the tests' own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.services.process import missing

GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath"
FETCH_S = 600.0


def classpath(service: str, cache: Path, version: str, pom: str) -> str:
    """The archives that `pom` depends on, as java's `-cp` takes them; `version` changes with the pom."""
    listing = cache / f"classpath-{version}"
    if listing.exists():
        return listing.read_text()
    cache.mkdir(parents=True, exist_ok=True)
    project = cache / "pom.xml"
    project.write_text(pom)
    made = listing.with_suffix(f".{os.getpid()}")
    command = ["mvn", "-q", "-B", "-f", str(project), f"-Dmaven.repo.local={cache / 'repository'}"]
    command += [GOAL, f"-Dmdep.outputFile={made}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_S, check=False)
    if done.returncode:
        missing(service, f"Maven could not fetch it: {(done.stdout + done.stderr)[-800:]}")
    made.rename(listing)
    return listing.read_text()
