"""Slack's markup to plain words on the way in, and plain words so that Slack makes nothing else of them."""

from __future__ import annotations

import re

_REFERENCE = re.compile(r"<([^<>\n]{1,4000})>")
_EMPHASIS = re.compile(r"(?<![\w*_~`])(\*|_|~|`{1,3})(?=\S)([^\n]{1,400}?)(?<=\S)\1(?![\w*_~`])")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ENTITY = re.compile("|".join(_ENTITIES))
_FIRST = re.compile(r"\s*<@(\w+)(?:\|[^<>]*)?>")
_WORD_JOINER = "\N{WORD JOINER}"


def heard(text: str, bot_user: str) -> str:
    r"""What somebody wrote, as plain words; the bot's own name is left out.

    >>> heard("<@UBOT> is *A&amp;B* at <https://a.example|our site> open &gt; 5?", "UBOT")
    'is A&B at our site open > 5?'
    """
    named = _REFERENCE.sub(lambda found: _named(found[1], bot_user), text)
    bare = _EMPHASIS.sub(r"\2", named)
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], bare).strip()


def first_named(text: str) -> str:
    """The user whom a message begins with, by id; empty: nobody.

    >>> first_named(" <@U2> can you?"), first_named("ask <@U2>")
    ('U2', '')
    """
    found = _FIRST.match(text)
    return found[1] if found else ""


def is_named(text: str, user: str) -> bool:
    """Whether a message names this user."""
    return bool(user) and re.search(rf"<@{re.escape(user)}(\|[^<>]*)?>", text) is not None


def escaped(text: str) -> str:
    """Words for a text of Slack's own markup, in which they name nobody and link nowhere.

    >>> escaped("<!channel> & <@U1>")
    '&lt;!channel&gt; &amp; &lt;@U1&gt;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def markdown(text: str) -> str:
    """Words for a text of Markdown: they name nobody, and no link hides behind other words."""
    return escaped(text).replace("](", f"]{_WORD_JOINER}(")


def shortened(text: str, most: int) -> str:
    """At most so many characters on one line, with three dots where some were left out.

    >>> shortened("one two three", 8)
    'one two…'
    """
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def cut(text: str, most: int) -> list[str]:
    """The text in parts of at most so many characters, cut after white space where there is any.

    >>> cut("one two three", 8)
    ['one two ', 'three']
    """
    parts: list[str] = []
    while len(text) > most:
        end = max(text.rfind(space, 0, most) for space in " \n\t") + 1
        if end < most // 2:
            end = most
            last = text.rfind("&", end - 4, end)
            end = last if last > 0 and ";" not in text[last:end] else end
        parts.append(text[:end])
        text = text[end:]
    return [*parts, text] if text or not parts else parts


def _named(inside: str, bot_user: str) -> str:
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        return "" if target[1:] == bot_user else f"@{label or 'someone'}"
    if target.startswith("#"):
        return f"#{label or 'channel'}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    if target.startswith(("mailto:", "tel:")):
        return label or target.partition(":")[2]
    return label or target
