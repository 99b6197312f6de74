"""The ASGI app: one desk, one group of routes for each noun, and what holds for all of them."""

from __future__ import annotations

from fastapi import FastAPI

from channels import (
    api_pages,
    approvals_api,
    calls_api,
    company_account,
    completions,
    conversations_api,
    conversations_socket,
    customers_api,
    documents_api,
    embedding,
    faq_api,
    health,
    persona_api,
    reviews_api,
    search_api,
    sign_in,
    sources,
    tickets_api,
)
from channels.door import Door
from channels.embedding import EmbeddingRules, embed_origins
from channels.failures import FAILURES, answer_failures
from channels.limits import LimitBodies, body_limit
from channels.metrics import CountRequests
from channels.phone import door as phone_door
from channels.phone import people_door
from channels.slack import door as slack_door
from channels.slack import installing as slack_installing
from channels.sms import door as sms_door
from config.settings import Settings
from core.assembly import Desk

API = (
    conversations_api,
    conversations_socket,
    customers_api,
    documents_api,
    faq_api,
    reviews_api,
    search_api,
    completions,
    tickets_api,
    persona_api,
    approvals_api,
    calls_api,
)
DOORS = (slack_door, slack_installing, sms_door, phone_door, people_door)
PAGES = (sources, sign_in, company_account, health, embedding, api_pages)


def create_app(desk: Desk, settings: Settings) -> FastAPI:
    """An app that serves this desk. `app.state.door` holds what its routes and pages share."""
    app = FastAPI(
        title="Frontdesk",
        summary="Answers from a company's own documents, each with its sources.",
        version="1",
        docs_url=None,
        redoc_url=None,
    )
    app.state.door = door = Door(desk=desk, settings=settings)
    answer_failures(app)
    app.add_middleware(LimitBodies, limit=body_limit(settings))
    app.add_middleware(EmbeddingRules, origins=embed_origins(settings))
    app.add_middleware(CountRequests, meters=door.meters)
    for group in API:
        app.include_router(group.router, responses=FAILURES)
    for group in (*DOORS, *PAGES):
        app.include_router(group.router)
    return app
