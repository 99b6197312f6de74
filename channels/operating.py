"""The verbs of whoever runs the desk: sign-in links, and the documents it holds."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from channels.addresses import sign_in_link, url_of
from channels.shapes import DocumentOut
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
from core.documents import DocumentId


class StaffRole(StrEnum):
    """Whom a link can sign in."""

    STAFF = "staff"
    ADMIN = "admin"


@app.command("sign-in")
def sign_in(
    role: Annotated[StaffRole, typer.Option(help="Whom the link signs in.")] = StaffRole.ADMIN,
    name: Annotated[str, typer.Option(help="How customers know them, such as Ana.")] = "",
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Print a link that signs somebody in, once, within a day. Their earlier links stop working."""

    async def run() -> int:
        async with open_session(data, tenant) as session:
            token = await session.desk.access.issue_link(session.tenant, Role(role.value), name)
            link = sign_in_link(url_of(session.settings), token)
        if as_json:
            print_json({"url": link})
        else:
            typer.echo(link)
        return 0

    run_async(run())


@app.command()
def documents(data: DataOption = None, tenant: TenantOption = "", as_json: JsonOption = False) -> None:
    """List the documents the desk knows, newest first."""

    async def run() -> int:
        async with open_session(data, tenant) as session:
            known = await session.desk.ingester.catalogue.list(session.tenant)
        if as_json:
            print_json([DocumentOut.of(document).model_dump(mode="json") for document in known])
        for document in () if as_json else known:
            fate = document.reason or f"{document.passages} passages"
            state = f"{document.id}  {document.status.value:<8}  {document.audience:<7}"
            page.print(f"{state}  {document.name}: {fate}", markup=False, highlight=False, soft_wrap=True)
        return 0

    run_async(run())


@app.command()
def delete(
    document_id: Annotated[str, typer.Argument(help="The document's id, as `documents` shows it.")],
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Forget a document: its passages, its text and its bytes."""

    async def run() -> int:
        async with open_session(data, tenant) as session:
            await session.desk.ingester.delete(session.tenant, DocumentId(document_id))
        if as_json:
            print_json({"document_id": document_id, "deleted": True})
        else:
            typer.echo(f"{document_id} is forgotten")
        return 0

    run_async(run())
