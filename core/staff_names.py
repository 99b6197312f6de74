"""The names that customers know colleagues by; an account or an e-mail address is none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from core.sanitise import clean

LONGEST_NAME = 60
"""Characters of a name; what a provider says beyond them is left out."""
CLAIMS = ("name", "given_name", "preferred_username")
"""Where an OpenID provider may say a name, the best first (OpenID Connect Core 1.0, section 5.1)."""
NAMED = ("key:", "link:")
"""What stands before a name in the person of an API key and of a sign-in link."""
_NAMELESS = re.compile(r"admin|staff|(oidc|visitor|customer|slack):.*", re.DOTALL)
_NO_NAME = re.compile(r"[@<>{}/\\]|:\S|\bwww\.|%40", re.IGNORECASE)
"""What addresses of mail and of pages have, and names do not."""


def fit_name(text: str) -> str:
    r"""The text as a name on one line; empty where it is none that a customer may see.

    >>> fit_name("  Ana\u202e \n Kovač "), fit_name("ana@acme.example"), fit_name("4711")
    ('Ana Kovač', '', '')
    """
    name = clean(unicodedata.normalize("NFKC", text[: 4 * LONGEST_NAME]))
    # Cut before it is looked at, half an address would pass for a name.
    if _NO_NAME.search(name) or not any(sign.isalpha() for sign in name):
        return ""
    return name[:LONGEST_NAME].rstrip()


def name_in(claims: Mapping[str, Any]) -> str:
    """The name in an OpenID provider's claims; empty where they have none that is fit.

    >>> name_in({"name": "ana@acme.example", "given_name": "Ana"})
    'Ana'
    """
    said = (claims.get(claim) for claim in CLAIMS)
    return next((name for each in said if isinstance(each, str) and (name := fit_name(each))), "")


def name_of(person: str) -> str:
    """The name in the person of a principal; empty where only an account is known.

    >>> name_of("key:Ann"), name_of("link:Ana"), name_of("oidc:f81d4fae"), name_of("admin")
    ('Ann', 'Ana', '', '')
    """
    for prefix in NAMED:
        if person.startswith(prefix):
            return fit_name(person.removeprefix(prefix))
    return "" if _NAMELESS.fullmatch(person) else fit_name(person)


def known_as(person: str) -> str:
    """How colleagues know somebody of the staff: by name, else by the account.

    >>> known_as("key:Ann"), known_as("oidc:f81d4fae"), known_as("slack:T1:U2")
    ('Ann', 'oidc:f81d4fae', 'U2 in Slack')
    """
    if person.startswith("slack:"):
        return f"{person.rpartition(':')[2]} in Slack"
    return name_of(person) or person
