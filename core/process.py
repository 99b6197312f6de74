"""Which process holds a piece of work, and whether it still runs."""

import os
import platform

import psutil


def this_process() -> str:
    """A name for the running process that no later process of this machine gets."""
    return f"{platform.node()}:{os.getpid()}:{psutil.Process().create_time():.2f}"


def is_running(name: str) -> bool:
    """Whether the process called `name` by `this_process` still runs; what follows a slash is its own.

    A process of another machine counts as running: only that machine can tell.

    >>> is_running(this_process())
    True
    """
    node, pid, started = name.partition("/")[0].rsplit(":", 2)
    if node != platform.node():
        return True
    try:
        process = psutil.Process(int(pid))
        return f"{process.create_time():.2f}" == started and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
