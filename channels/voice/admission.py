"""`Places`: how many calls this process holds at a time."""

from __future__ import annotations


class Places:
    """So many places; whoever finds none is told that all lines are busy."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.taken = 0

    def enter(self) -> bool:
        """Take one place; false where all are taken."""
        if self.taken >= self._most:
            return False
        self.taken += 1
        return True

    def leave(self) -> None:
        """Give a place back that was taken."""
        self.taken -= 1
