"""What of the sound sent to a caller has been heard, from the carrier's marks and from the clock."""

from __future__ import annotations

from channels.voice.sound import RATE

_MOST_MARKS = 1000


class Playout:
    """The carrier's buffer, as far as it can be known from here.

    Positions count the bytes sent since the last clear. A mark that comes back proves what was played; a
    clear makes the carrier send back all that wait, which proves nothing: they are forgotten when it is sent.
    """

    def __init__(self) -> None:
        self.sent = 0
        """Bytes sent since the last clear."""
        self.proven = 0
        """Bytes that a mark says were played."""
        self.is_answering = False
        """Whether the carrier ever sent a mark back."""
        self._proven_at = 0.0
        self._dry_at = 0.0
        self._marks: dict[str, tuple[int, float]] = {}
        self._count = self._generation = 0

    def add(self, size: int, now: float) -> str:
        """Count bytes that are sent now; the name of the mark to send after them."""
        self._dry_at = max(now, self._dry_at) + size / RATE
        self.sent += size
        self._count += 1
        name = f"{self._generation}.{self._count}"
        self._marks[name] = (self.sent, self._dry_at)
        if len(self._marks) > _MOST_MARKS:
            self._marks.pop(next(iter(self._marks)))
        return name

    @property
    def is_waiting(self) -> bool:
        """Whether a mark has not come back."""
        return bool(self._marks)

    def reached(self, name: str, now: float) -> None:
        """Take a mark that came back; one that is not waited for says nothing."""
        position, _ = self._marks.pop(name, (0, 0.0))
        if position <= self.proven:
            return
        self.is_answering = True
        self.proven, self._proven_at = position, now
        # Sound is played in order: what a lost or late mark before this one would have said is known by now.
        self._marks = {each: due for each, due in self._marks.items() if due[0] > position}

    def clear(self) -> None:
        """Forget what was sent; a mark of it says nothing from now on."""
        self._generation += 1
        self._marks.clear()
        self.sent = self.proven = 0
        self._dry_at = 0.0

    def ahead_s(self, now: float) -> float:
        """Seconds of sound that are sent and not played, by the clock."""
        return max(0.0, self._dry_at - now)

    def heard(self, now: float) -> int:
        """Bytes that were heard: what a mark proves, and what may have played since.

        A mark tells it late by the way back, so a little less is held to be heard than was.
        """
        by_clock = max(0, self.sent - round(self.ahead_s(now) * RATE))
        if not self.proven:
            return by_clock
        since = self.proven + round((now - self._proven_at) * RATE)
        return max(self.proven, min(by_clock, since))

    def overdue_s(self, now: float) -> float:
        """For how long a mark has been waited for, beyond the moment its sound should have played."""
        return max((now - due for _, due in self._marks.values()), default=0.0)
