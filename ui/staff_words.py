"""Every sentence of the staff's page that is its own; the languages are in `ui.languages.staff`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffWords:
    """The staff's page, and the admin's page for whoever is none."""

    team: str
    not_here: str
    why: str
    lead: str
