"""`Persona`: how a tenant's desk speaks, and to whom, as its admin laid it down; what one must be.

What a persona leaves open is as the settings say. It shapes the desk's own sentences and the
manner of a language model, never what an answer rests on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from hashlib import blake2b
from typing import Any, Literal

from core.errors import Refused, TooLarge
from core.informal_phrases import INFORMAL
from core.phrases import LANGUAGES, PHRASES, phrase
from core.stored_values import storable

Texts = Mapping[str, str]
"""A text by its language's code."""
FormOfAddress = Literal["", "formal", "informal"]

DOORS = ("web", "slack", "sms", "voice")
"""Where a desk can be reached. The HTTP API, which a company's own site speaks, belongs to `web`."""
FORMS_OF_ADDRESS: tuple[FormOfAddress, ...] = ("", "formal", "informal")
TONES = ("plain", "friendly", "formal")
"""Tones that are offered; others may be described in a few words."""
LONGEST_NAME = 80
LONGEST_TONE = 120
LONGEST_SENTENCE = 400
"""Most characters of a greeting, a sign-off or an "I don't know"."""
LONGEST_WISHES = 2000

_DOOR_OF = {"api": "web", "phone": "voice"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069]")
_LINES = re.compile(r"[ \t]*(?:\r\n|\r|\n)")
_UNSURE = ("dont_know", "nothing_found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """How a desk speaks. An empty field is one that nobody laid down.

    `name` is the desk's, `company` whom it speaks for. `address` is how customers are spoken
    to in Spanish, German and French. `wishes` are words for the language model. The first of
    `languages` is for messages that show none. `abstain_below` is the confidence, 0 to 1, under
    which no answer is given. `doors` are those that are open; None: all of them.
    """

    name: str = ""
    company: str = ""
    tone: str = ""
    address: FormOfAddress = ""
    wishes: str = ""
    languages: tuple[str, ...] = ()
    greeting: Texts = field(default_factory=dict)
    sign_off: Texts = field(default_factory=dict)
    dont_know: Texts = field(default_factory=dict)
    abstain_below: float | None = None
    doors: tuple[str, ...] | None = None

    @property
    def digest(self) -> str:
        """A short name for what it says, the same for the same persona; empty for one that says nothing."""
        if self == PLAIN:
            return ""
        return blake2b(json.dumps(as_json(self), sort_keys=True).encode(), digest_size=8).hexdigest()

    def is_open(self, channel: str) -> bool:
        """Whether messages that come by this channel are answered.

        >>> [Persona(doors=("sms",)).is_open(channel) for channel in ("api", "phone", "cli")]
        [False, False, True]
        """
        door = _DOOR_OF.get(channel, channel)
        return self.doors is None or door not in DOORS or door in self.doors

    def greets(self, language: str) -> str:
        """The greeting for somebody who reads this language; empty where none was laid down.

        Where the desk does not speak it, in the desk's first language.
        """
        is_spoken = not self.languages or language in self.languages
        return self.greeting.get(language if is_spoken else self.languages[0], "")

    def says(self, name: str, language: str, /, **values: object) -> str:
        """A sentence of the desk's own as this persona says it (`core.phrases`).

        Not knowing always ends in the offer of a person, whatever words were laid down for it.

        >>> Persona(name="Juno", dont_know={"en": "No idea."}).says("dont_know", "en")
        'No idea. Would you like me to bring in a person?'
        """
        if name in _UNSURE and language in self.dont_know:
            return f"{self.dont_know[language]} {self._sentence('offer_person', language)}"
        if name == "small_talk_greeting" and language in self.greeting:
            return self.greeting[language]
        if name == "small_talk_goodbye" and language in self.sign_off:
            return self.sign_off[language]
        said = self._sentence(name, language, **values)
        if name == "small_talk_who_are_you" and self.name:
            return f"{self._sentence('my_name', language, name=self.name)} {said}"
        return said

    def _sentence(self, name: str, language: str, /, **values: object) -> str:
        """The sentence with the company's name, where there is such a one, in the form of address."""
        if self.company and f"{name}_of" in PHRASES:
            name, values = f"{name}_of", {**values, "company": self.company}
        informal = INFORMAL.get(name, {}).get(language) if self.address == "informal" else None
        return informal.format(**values) if informal else phrase(name, language, **values)


PLAIN = Persona()
"""The persona of a tenant that has laid down nothing."""
FIELDS = tuple(each.name for each in fields(Persona))


def as_json(persona: Persona) -> dict[str, object]:
    """The persona as plain data, which `from_json` reads."""
    values = {name: getattr(persona, name) for name in FIELDS}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}


def from_json(values: Mapping[str, object]) -> Persona:
    """The persona that plain data holds; what it lacks is open, what it has too much is passed over."""
    known: dict[str, Any] = {name: value for name, value in values.items() if name in FIELDS}
    for name in ("languages", "doors"):
        if isinstance(given := known.get(name), list | tuple):
            known[name] = tuple(given)
    return Persona(**known)


def checked(persona: Persona) -> Persona:
    """The persona with its white space in order, as it may be kept.

    Raises:
        Refused: something can't be; the message names the field. TooLarge: a text is too long.

    >>> checked(Persona(name=" Juno ", languages=("de", "de"))).languages
    ('de',)
    """
    _chosen("address", (persona.address,), FORMS_OF_ADDRESS)
    return replace(
        persona,
        name=_line("name", persona.name, LONGEST_NAME),
        company=_line("company", persona.company, LONGEST_NAME),
        tone=_line("tone", persona.tone, LONGEST_TONE),
        wishes=_fitting("wishes", _clean(persona.wishes), LONGEST_WISHES),
        languages=_chosen("languages", persona.languages, LANGUAGES),
        greeting=_texts("greeting", persona.greeting),
        sign_off=_texts("sign_off", persona.sign_off),
        dont_know=_texts("dont_know", persona.dont_know),
        abstain_below=_share(persona.abstain_below),
        doors=_open_doors(persona.doors),
    )


def _open_doors(doors: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if doors is None:
        return None
    chosen = _chosen("doors", doors, DOORS)
    if not chosen:
        raise Refused("doors: no door is open, so nobody is answered: leave one, or leave the field out")
    return None if set(chosen) == set(DOORS) else chosen


def _share(value: float | None) -> float | None:
    if value is not None and not 0 <= value <= 1:
        raise Refused(f"abstain_below: {value!r} is no confidence: give a number from 0 to 1")
    return value


def _chosen(name: str, given: tuple[str, ...], choices: tuple[str, ...]) -> tuple[str, ...]:
    for each in given:
        if each not in choices:
            offered = ", ".join(filter(None, choices))
            raise Refused(f"{name}: {each[:40]!r} is not known: choose from {offered}")
    return tuple(dict.fromkeys(given))


def _texts(name: str, given: Texts) -> Texts:
    _chosen(name, tuple(given), LANGUAGES)
    lines = {code: _line(f"{name}.{code}", text, LONGEST_SENTENCE) for code, text in given.items()}
    return {code: line for code, line in sorted(lines.items()) if line}


def _line(name: str, text: str, most: int) -> str:
    return _fitting(name, " ".join(_clean(text).split()), most)


def _clean(text: str) -> str:
    return storable(_CONTROL.sub("", _LINES.sub("\n", text))).strip()


def _fitting(name: str, text: str, most: int) -> str:
    if len(text) > most:
        raise TooLarge(f"{name} has {len(text):,} characters; the limit is {most:,}")
    return text
