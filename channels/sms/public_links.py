"""Short links to what an answer cites, where everybody may open it."""

from __future__ import annotations

from core.assembly import Desk
from core.documents import DocumentId
from core.errors import NotFound
from core.faq import SOURCE_PREFIX
from core.messages import Answer
from core.short_links import short_path
from core.tenants import PUBLIC, TenantId


class PublicLinks:
    """Links of a desk whose pages are at `url`."""

    def __init__(self, desk: Desk, url: str) -> None:
        self._desk = desk
        self._url = url

    async def of(self, tenant: TenantId, answer: Answer) -> dict[int, str]:
        """The links by citation, to what everybody may open; only the desk's own tenant has pages."""
        if tenant != self._desk.tenant.id:
            return {}
        seen: dict[str, bool] = {}
        links: dict[int, str] = {}
        for citation in answer.citations:
            if citation.document_id not in seen:
                seen[citation.document_id] = await self._is_public(tenant, citation.document_id)
            if citation.url and seen[citation.document_id]:
                links[citation.n] = self._url + short_path(answer.id, citation.n)
        return links

    async def _is_public(self, tenant: TenantId, document_id: DocumentId) -> bool:
        if document_id.startswith(SOURCE_PREFIX):
            return True
        try:
            await self._desk.ingester.catalogue.get(tenant, document_id, frozenset({PUBLIC}))
        except NotFound:
            return False
        return True
