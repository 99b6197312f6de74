"""What a customer is told about a person: that one is coming, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.phrases import LANGUAGES
from core.support_hours import SupportHours
from core.tickets import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """What the words depend on, in the company's time zone.

    `opens` is when somebody is there next; None where somebody is there now, or where nobody
    knows. `by` is when a person should have answered; None where that can't be said.
    """

    number: str
    is_open: bool
    now: datetime
    opens: datetime | None = None
    by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The sentences in one language. `clock` and `day` say a moment of today and of another day."""

    passed_on: str
    back: str
    nobody: str
    hear_by: str
    until_then: str
    clock: str
    day: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]


WORDS: Mapping[str, Words] = {
    "en": Words(
        passed_on="I have passed this on to a person, with our whole conversation (ticket {number}).",
        back="Nobody is there at the moment; we are back {when}.",
        nobody="Nobody is there at the moment.",
        hear_by="You will hear from us by {when}.",
        until_then="Until then you can go on asking me.",
        clock="{clock} ({zone})",
        day="{clock} ({zone}) on {weekday}, {day} {month}",
        weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        months=(
            "January", "February", "March", "April", "May", "June", "July", "August", "September",
            "October", "November", "December",
        ),
    ),
    "es": Words(
        passed_on="He pasado esto a una persona, con toda nuestra conversación (caso {number}).",
        back="Ahora mismo no hay nadie; volvemos a las {when}.",
        nobody="Ahora mismo no hay nadie.",
        hear_by="Tendrá noticias nuestras antes de las {when}.",
        until_then="Mientras tanto puede seguir preguntándome.",
        clock="{clock} ({zone})",
        day="{clock} ({zone}) del {weekday}, {day} de {month}",
        weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
        months=(
            "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
            "octubre", "noviembre", "diciembre",
        ),
    ),
    "de": Words(
        passed_on="Ich habe das an einen Menschen weitergegeben, mit unserem ganzen Gespräch "
        "(Vorgang {number}).",
        back="Im Moment ist niemand da; wir sind um {when} zurück.",
        nobody="Im Moment ist niemand da.",
        hear_by="Sie hören bis {when} von uns.",
        until_then="Bis dahin können Sie mich gern weiter fragen.",
        clock="{clock} Uhr ({zone})",
        day="{clock} Uhr ({zone}) am {weekday}, {day}. {month},",
        weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
        months=(
            "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
            "Oktober", "November", "Dezember",
        ),
    ),
    "fr": Words(
        passed_on="J'ai transmis ceci à une personne, avec toute notre conversation (dossier {number}).",
        back="Il n'y a personne pour le moment ; nous serons de retour à {when}.",
        nobody="Il n'y a personne pour le moment.",
        hear_by="Vous aurez de nos nouvelles avant {when}.",
        until_then="En attendant, vous pouvez continuer à me poser des questions.",
        clock="{clock} ({zone})",
        day="{clock} ({zone}) le {weekday} {day} {month}",
        weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        months=(
            "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
            "octobre", "novembre", "décembre",
        ),
    ),
}  # fmt: skip


def told(ticket: Ticket, hours: SupportHours, moment: datetime, language: str = LANGUAGES[0]) -> str:
    """The sentences for whoever was just handed over, in a language that the desk speaks."""
    is_open = hours.is_open(moment)
    coming = Coming(
        number=ticket.id,
        is_open=is_open,
        now=moment.astimezone(hours.zone),
        opens=None if is_open else hours.next_opening(moment),
        by=ticket.due_at and ticket.due_at.astimezone(hours.zone),
    )
    return in_words(coming, WORDS.get(language, WORDS[LANGUAGES[0]]))


def in_words(coming: Coming, words: Words) -> str:
    """The sentences in one language.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> in_words(Coming(number="77ab12", is_open=True, now=noon, by=noon.replace(hour=14)), WORDS["en"])
    'I have passed this on to a person, with our whole conversation (ticket 77ab12). You will hear from \
us by 14:00 (UTC). Until then you can go on asking me.'
    """
    parts = [words.passed_on.format(number=coming.number)]
    if coming.opens:
        parts.append(words.back.format(when=_when(coming.opens, coming.now, words)))
    elif not coming.is_open:
        parts.append(words.nobody)
    if coming.by:
        parts.append(words.hear_by.format(when=_when(coming.by, coming.now, words)))
    return " ".join([*parts, words.until_then])


def _when(moment: datetime, now: datetime, words: Words) -> str:
    """A time of day with the zone's name, and with its date where it is not today's."""
    zone = moment.tzinfo
    form = words.clock if moment.date() == now.date() else words.day
    return form.format(
        clock=f"{moment:%H:%M}",
        zone=zone.key if isinstance(zone, ZoneInfo) else "UTC",
        weekday=words.weekdays[moment.weekday()],
        day=moment.day,
        month=words.months[moment.month - 1],
    )
