"""How messages are understood, as the settings say: routes, FAQ, tools, follow-ups, people."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from config.settings import Settings
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
from core.router import Router, read_utterances
from core.search import Embedder
from core.structured import StructuredModel
from core.tenants import tenant_id
from core.tools.calling import CallingTerms, ToolCalling
from core.tools.dialogues import Dialogues
from core.tools.model_filling import ModelFiller
from core.tools.openapi import load_openapi, openapi_tools
from core.tools.runner import Runner
from core.tools.tool import Tool
from core.tools.toolbox import Toolbox
from core.understand import Understanding

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


def understanding_for(
    settings: Settings, stores: Stores, parts: Parts, stack: AsyncExitStack
) -> Understanding:
    """Everything that decides what a message wants; what it opens is closed with `stack`.

    Raises:
        Misconfigured: the OpenAPI file can't be used.
    """
    runner, model = Runner(stores.records), _model(settings, stack)
    chosen, masks = settings.tools, settings.safety.redact_prompts
    return Understanding(
        embedder=parts.embedder,
        router=Router(parts.embedder, read_utterances(CONFIG / "utterances")),
        faq=parts.faq,
        toolbox=_toolbox(settings, parts.catalogue, stack),
        runner=runner,
        dialogues=Dialogues(stores.records),
        conversations=parts.conversations,
        customers=Customers(stores.records),
        hand_off=parts.hand_off,
        policy=escalation_policy(settings),
        filler=ModelFiller(model, masks=masks) if model and chosen.model_slots else None,
        calling=ToolCalling(model, runner, _terms(settings)) if model and _calls(settings) else None,
    )


def _model(settings: Settings, stack: AsyncExitStack) -> StructuredModel | None:
    """The language model for steps, where one is set and tools may use it."""
    chosen = settings.generator
    if not chosen.url or not (settings.tools.model_slots or _calls(settings)):
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


def _toolbox(settings: Settings, catalogue: Catalogue, stack: AsyncExitStack) -> Toolbox:
    chosen = settings.tools
    own = {tenant_id(settings.tenant): _from_openapi(settings, stack)} if chosen.openapi else {}
    samples = _samples(settings)
    if chosen.samples == "auto":
        return Toolbox(own, samples, partial(catalogue.has_source, prefix=SAMPLE))
    return Toolbox(own, samples)


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
