"""The versions of the schema: which one a database has, and the way to this program's.

A new version is a file in `versions` with the next number, and that number in `VERSIONS`.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect, select

from core.errors import Misconfigured
from core.schema import metadata

VERSIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011", "0012")
HEAD = VERSIONS[-1]

_version = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

_NOTED_NO_VERSION = frozenset(
    "documents texts conversations messages answers feedback tickets credentials".split()
)
"""The tables of the first desks, which were SQLite files."""


def version_of(connection: Connection) -> str | None:
    """The version of the database's schema; None where it has no tables of the desk yet.

    Raises:
        Misconfigured: tables are there whose version nobody can tell.
    """
    there = set(inspect(connection).get_table_names())
    noted = connection.scalar(select(_version.c.version_num)) if _version.name in there else None
    if noted is not None:
        return str(noted)
    if not there & metadata.tables.keys():
        return None
    if connection.dialect.name == "sqlite" and there >= _NOTED_NO_VERSION:
        return VERSIONS[0]
    raise Misconfigured(
        f"the database has the tables {sorted(there & metadata.tables.keys())} and no version of them, "
        "so they are another program's or incomplete: give the desk a database of its own"
    )


def is_older(version: str) -> bool:
    """Whether `upgrade` leads from this version to this program's."""
    return version in VERSIONS[:-1]


def demand_head(version: str | None) -> None:
    """Returns if the tables are those of this program.

    Raises:
        Misconfigured: they are older or newer; the message says what to do.
    """
    if version == HEAD:
        return
    if version is None or is_older(version):
        raise Misconfigured(
            f"the records have schema {version or 'none'} and this program needs {HEAD}: "
            "run `frontdesk migrate`"
        )
    raise Misconfigured(
        f"the records have schema {version}, which is newer than this program's {HEAD}: "
        "run the newer program, or put back the copy that was made before"
    )


def create(connection: Connection) -> None:
    """Make every table of this program's schema in an empty database."""
    metadata.create_all(connection)
    _version.create(connection, checkfirst=True)
    connection.execute(_version.insert().values(version_num=HEAD))


def upgrade(connection: Connection, *, to: str = HEAD) -> None:
    """Change the tables, version by version, within the transaction that the connection is in."""
    from alembic.migration import MigrationContext  # noqa: PLC0415 - only for a desk of another version
    from alembic.operations import Operations  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    script = ScriptDirectory(str(Path(__file__).parent))
    context = MigrationContext.configure(connection)
    before = version_of(connection)
    steps = script.walk_revisions(base=before or "base", head=to)
    for step in reversed([step for step in steps if step.revision != before]):
        with Operations.context(context):
            step.module.upgrade()
    context.stamp(script, to)
