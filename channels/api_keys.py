"""The verbs of API keys: make one, see which there are, take one back."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from channels.terminal import (
    DataOption,
    JsonOption,
    TenantOption,
    app,
    open_session,
    page,
    print_json,
    run_async,
)
from core.access import Role


class _KeyVerbs(TyperGroup):
    """`key NAME` makes a key; `key list` and `key revoke ID` are verbs of their own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - click's own types
        """Put the verb in where only a name stands."""
        if args and args[0] not in self.commands and "--help" not in args:
            args = ["make", *args]
        return super().parse_args(ctx, args)


keys = typer.Typer(
    cls=_KeyVerbs,
    help="Make an API key: `key NAME [--role customer|staff|admin]`. See and take back those there are.",
    no_args_is_help=True,
)
app.add_typer(keys, name="key")


@keys.command()
def make(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    role: Annotated[Role, typer.Option(help="What its holder may do.")] = Role.CUSTOMER,
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Make an API key and print it, this once. The word `make` may be left out."""

    async def run() -> int:
        async with open_session(data, tenant) as session:
            made = await session.desk.access.create_key(session.tenant, role, name)
        if as_json:
            print_json({"name": name, "role": role.value, "tenant": session.tenant, "key": made})
        else:
            typer.echo(made)
        return 0

    run_async(run())


@keys.command("list")
def show(data: DataOption = None, tenant: TenantOption = "", as_json: JsonOption = False) -> None:
    """List the API keys, newest first: their ids, never the keys themselves."""

    async def run() -> int:
        async with open_session(data, tenant) as session:
            known = await session.desk.access.keys(session.tenant)
        if as_json:
            print_json(
                [
                    {
                        "id": key.id,
                        "name": key.name,
                        "role": key.role.value,
                        "created_at": key.created_at.isoformat(),
                    }
                    for key in known
                ]
            )
        for key in () if as_json else known:
            since = f"{key.created_at:%Y-%m-%d %H:%M}"
            page.print(f"{key.id}  {key.role.value:<8}  {since}  {key.name}", markup=False, highlight=False)
        return 0

    run_async(run())


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `key list` shows it.")],
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take an API key back: it opens nothing any more, from this moment on."""

    async def run() -> int:
        async with open_session(data, tenant) as session:
            await session.desk.access.revoke_key(session.tenant, key_id)
        if as_json:
            print_json({"id": key_id, "revoked": True})
        else:
            typer.echo(f"{key_id} is revoked")
        return 0

    run_async(run())
