"""Prints `.env.example`: every setting with its default and its sentence."""

import sys
from collections.abc import Iterator

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from config.settings import Settings

PREFIX = "FRONTDESK_"
HEAD = """\
# Every setting of the desk, with its default. Copy this file to .env and change what you need.
# Written by `make env` from config/settings.py.
"""


def example() -> str:
    """The whole file."""
    return HEAD + "".join(_lines(Settings, PREFIX))


def _lines(group: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, setting in group.model_fields.items():
        kind = setting.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield f"\n# {' '.join((kind.__doc__ or '').split())}\n"
            yield from _lines(kind, f"{prefix}{name.upper()}__")
            continue
        default = setting.default
        shown = "" if default is None or default is PydanticUndefined else str(default)
        yield f"# {setting.description}\n#{prefix}{name.upper()}={'' if '*' in shown else shown}\n"


if __name__ == "__main__":
    sys.stdout.write(example())
