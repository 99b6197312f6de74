"""How messages are understood, as the settings say: routes, FAQ, tools, follow-ups, people."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from config.settings import Settings
from core.approval_book import ApprovalBook
from core.approvals import Approvals
from core.assembly.models import language_model_for
from core.assembly.people import escalation_policy
from core.assembly.stores import Stores
from core.businesses.ledger import Ledger
from core.businesses.lender import lender_tools
from core.businesses.shop import Shop, shop_tools
from core.catalogue import Catalogue
from core.conversations import Conversations
from core.customers import Customers
from core.errors import Misconfigured
from core.faq_match import FaqMatcher
from core.hand_off import HandOff
from core.locks import Locks
from core.rewriting import ModelRewriter
from core.router import Router, read_utterances
from core.search import Embedder
from core.session_memory import SessionMemory
from core.structured import StructuredModel
from core.teaching import Teaching
from core.tenants import TenantId, tenant_id
from core.things import Things
from core.tickets import Tickets
from core.tools.calling import CallingTerms, ToolCalling
from core.tools.dialogues import Dialogues
from core.tools.mcp_server import McpServer
from core.tools.mcp_source import McpSource
from core.tools.model_filling import ModelFiller
from core.tools.openapi import load_openapi, openapi_tools
from core.tools.runner import Runner
from core.tools.tool import Tool
from core.tools.toolbox import Toolbox
from core.understand import Understanding
from core.utterances import UtteranceBook

CONFIG = Path(__file__).parents[2] / "config"
SAMPLE = "sample:"
"""What the source of a sample document begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What understanding rests on and others use as well."""

    embedder: Embedder
    faq: FaqMatcher
    hand_off: HandOff
    conversations: Conversations
    catalogue: Catalogue
    tickets: Tickets
    locks: Locks
    memory: SessionMemory


def understanding_for(
    settings: Settings, stores: Stores, parts: Parts, stack: AsyncExitStack
) -> Understanding:
    """Everything that decides what a message wants; what it opens is closed with `stack`.

    Raises:
        Misconfigured: the OpenAPI file or an MCP server can't be used.
    """
    toolbox, runner = _toolbox(settings, parts.catalogue, stack), Runner(stores.records)
    customers = Customers(stores.records)
    approvals = Approvals(
        book=ApprovalBook(stores.records, stores.outbox, parts.tickets),
        tickets=parts.tickets,
        conversations=parts.conversations,
        customers=customers,
        toolbox=toolbox,
        runner=runner,
        locks=parts.locks,
        memory=parts.memory,
        desk_name=settings.tenant_name,
        hours=settings.hand_off.approval_hours,
    )
    model, chosen = _model(settings, stack), settings.tools
    masks = settings.safety.redact_prompts
    return Understanding(
        embedder=parts.embedder,
        router=Router(parts.embedder, read_utterances(CONFIG / "utterances")),
        faq=parts.faq,
        toolbox=toolbox,
        utterances=UtteranceBook(stores.records),
        runner=runner,
        dialogues=Dialogues(stores.records),
        conversations=parts.conversations,
        customers=customers,
        hand_off=parts.hand_off,
        approvals=approvals,
        things=Things(stores.records),
        policy=escalation_policy(settings),
        # Turns are sent as they were said, so not where prompts are redacted.
        rewriter=ModelRewriter(model) if model and not masks else None,
        filler=ModelFiller(model, masks=masks) if model and chosen.model_slots else None,
        calling=ToolCalling(model, runner, _terms(settings)) if model and _calls(settings) else None,
    )


def _model(settings: Settings, stack: AsyncExitStack) -> StructuredModel | None:
    """The small language model for what is decided before an answer; none where none is set."""
    chosen = settings.generator
    if not chosen.url:
        return None
    model = language_model_for(settings, chosen.url, chosen.model)
    stack.push_async_callback(model.close)
    return StructuredModel(model)


def _calls(settings: Settings) -> bool:
    return settings.tools.model_calls != "none"


def _terms(settings: Settings) -> CallingTerms:
    how = settings.tools.model_calls
    return CallingTerms(
        by_steps=how in ("steps", "both"),
        inline=how in ("inline", "both"),
        masks=settings.safety.redact_prompts,
    )


def teaching_for(understanding: Understanding) -> Teaching:
    """What admins teach this understanding, tried out on the sentences that are held out for that."""
    held_out = read_utterances(CONFIG / "utterances" / "held_out")
    return Teaching(understanding.utterances, understanding.router, understanding.toolbox, held_out)


def _toolbox(settings: Settings, catalogue: Catalogue, stack: AsyncExitStack) -> Toolbox:
    chosen = settings.tools
    own = {tenant_id(settings.tenant): _from_openapi(settings, stack)} if chosen.openapi else {}
    has_samples = partial(catalogue.has_source, prefix=SAMPLE) if chosen.samples == "auto" else None
    return Toolbox(own, _samples(settings), has_samples, _mcp_sources(settings, stack))


def _mcp_sources(settings: Settings, stack: AsyncExitStack) -> dict[TenantId, list[McpSource]]:
    sources: dict[TenantId, list[McpSource]] = {}
    for name, chosen in settings.tools.mcp.items():
        server = McpServer(
            name=name,
            url=chosen.url,
            token=chosen.token.get_secret_value(),
            headers={header: value.get_secret_value() for header, value in chosen.headers.items()},
            command=chosen.command,
            args=chosen.args,
            env={variable: value.get_secret_value() for variable, value in chosen.env.items()},
            only=chosen.only,
            effects=chosen.effects,
            examples=chosen.examples,
            timeout_s=chosen.timeout_seconds,
        )
        source = McpSource(server)
        stack.push_async_callback(source.close)
        sources.setdefault(tenant_id(chosen.tenant or settings.tenant), []).append(source)
    return sources


def _samples(settings: Settings) -> list[Tool]:
    folder = CONFIG / "samples" / "businesses"
    match settings.tools.samples:
        case "auto" | "shop":
            return shop_tools(Shop(Ledger(folder / "shop.json", settings.data / "businesses")))
        case "lender":
            return lender_tools(Ledger(folder / "lender.json", settings.data / "businesses"))
        case _:
            return []


def _from_openapi(settings: Settings, stack: AsyncExitStack) -> list[Tool]:
    chosen = settings.tools
    description = load_openapi(Path(chosen.openapi))
    servers = description.get("servers") or [{}]
    url = chosen.openapi_url or str(servers[0].get("url", ""))
    if not url.startswith(("http://", "https://")):
        raise Misconfigured(
            f"the OpenAPI file {chosen.openapi!r} names no server: set FRONTDESK_TOOLS__OPENAPI_URL"
        )
    token = chosen.openapi_token.get_secret_value()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    client = httpx.AsyncClient(base_url=url, headers=headers, timeout=10.0)
    stack.push_async_callback(client.aclose)
    return openapi_tools(description, client)
