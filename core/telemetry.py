"""Log lines as JSON, one a line, on standard error; set up once by the launcher's verbs."""

import json
import logging
import sys
from datetime import UTC, datetime

from core.redaction import redact, redacted

_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A log record as one JSON object: time, level, logger, event, and its extra fields.

    With `redacts`, personal data in a record above debug leaves its kind in its place.
    """

    def __init__(self, *, redacts: bool = True) -> None:
        super().__init__()
        self._redacts = redacts

    def format(self, record: logging.LogRecord) -> str:
        """The record in one line; an exception keeps its traceback under `error`."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        said = {
            "event": record.getMessage(),
            **{name: value for name, value in record.__dict__.items() if name not in _OWN},
        }
        if record.exc_info:
            said["error"] = self.formatException(record.exc_info)
        if self._redacts and record.levelno > logging.DEBUG:
            said = {name: redacted(value) for name, value in said.items()}
        return json.dumps(line | said, ensure_ascii=False, default=self._shown)

    def _shown(self, value: object) -> str:
        """What JSON has no form for, as its own words."""
        return redact(str(value)) if self._redacts else str(value)


def set_up_logging(level: str, *, redacts: bool = True) -> None:
    """Send every logger's lines, from `level` up, to standard error. Libraries speak from warnings up.

    Unless `redacts` is off, lines above debug hold no personal data that `core.redaction` finds.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(redacts=redacts))
    logging.basicConfig(level="WARNING", handlers=[handler], force=True)
    # The errors of this library quote what a server said.
    logging.getLogger("mcp").setLevel("CRITICAL")
    for room in ("channels", "core", "ui", "workers"):
        logging.getLogger(room).setLevel(level.upper())
