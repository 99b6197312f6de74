"""The verb `tools`: what the desk can do for a tenant's customers, and which program lends it."""

from __future__ import annotations

from dataclasses import asdict

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


@app.command()
def tools(data: DataOption = None, tenant: TenantOption = "", as_json: JsonOption = False) -> None:
    """List the tenant's tools with what they do and where they come from, and those that are left out."""

    async def work() -> int:
        async with open_session(data, tenant) as session:
            toolbox = session.desk.answerer.understanding.toolbox
            servers = [await source.standing() for source in toolbox.sources.get(session.tenant, ())]
            known = (await toolbox.of(session.tenant)).values()
        rows = [
            {"name": one.name, "effect": one.effect, "source": one.source or "desk", "title": one.title}
            for one in known
        ]
        if as_json:
            print_json({"tools": rows, "servers": [asdict(server) for server in servers]})
            return 0
        lines = [f"{row['name']}  {row['effect']}  {row['source']}  {row['title']}" for row in rows]
        for server in servers:
            lines += [f"✗ {server.name}: {server.reason}"] if not server.is_reached else []
            lines += [f"✗ {server.name}: {name} is left out: {why}" for name, why in server.skipped.items()]
        for line in lines or ["no tools"]:
            page.print(line, markup=False, highlight=False, soft_wrap=True)
        return 0

    run_async(work())
