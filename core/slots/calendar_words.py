"""The names of days and months in four languages, and how a day is shown in each."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType

_MONTHS = """
january jan enero ene januar janvier janv jänner|february feb febrero februar février févr fevrier
|march mar marzo märz mars maerz|april apr abril abr avril avr|may mayo mai|june jun junio juni juin
|july jul julio juli juillet juil|august aug agosto ago août aout
|september sep sept septiembre septembre setiembre|october oct octubre oktober okt octobre
|november nov noviembre novembre|december dec diciembre dic dezember dez décembre decembre"""
_WEEKDAYS = """
monday mon lunes montag lundi|tuesday tue tues martes dienstag mardi
|wednesday wed weds miércoles miercoles mittwoch mercredi
|thursday thu thur thurs jueves donnerstag jeudi|friday fri viernes freitag vendredi
|saturday sat sábado sabado samstag samedi|sunday sun domingo sonntag dimanche"""

MONTHS = MappingProxyType(
    {name: number for number, names in enumerate(_MONTHS.split("|"), start=1) for name in names.split()}
)
"""Lower-case name of a month -> 1 to 12."""
WEEKDAYS = MappingProxyType(
    {name: number for number, names in enumerate(_WEEKDAYS.split("|")) for name in names.split()}
)
"""Lower-case name of a day -> 0 for Monday to 6 for Sunday."""

_SHOWN = {
    "english": ("Monday Tuesday Wednesday Thursday Friday Saturday Sunday", "{weekday} {day} {month} {year}"),
    "spanish": (
        "lunes martes miércoles jueves viernes sábado domingo",
        "{weekday} {day} de {month} de {year}",
    ),
    "german": (
        "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
        "{weekday}, {day}. {month} {year}",
    ),
    "french": ("lundi mardi mercredi jeudi vendredi samedi dimanche", "{weekday} {day} {month} {year}"),
}
_SHOWN_MONTHS = {
    "english": "January February March April May June July August September October November December",
    "spanish": ("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    "german": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "french": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}


def shown_day(day: date, language: str) -> str:
    """A day in words that cannot be misread, in the language or else in English.

    >>> shown_day(date(2026, 5, 3), "english"), shown_day(date(2026, 5, 3), "german")
    ('Sunday 3 May 2026', 'Sonntag, 3. Mai 2026')
    """
    known = language if language in _SHOWN else "english"
    weekdays, pattern = _SHOWN[known]
    return pattern.format(
        weekday=weekdays.split()[day.weekday()],
        day=day.day,
        month=_SHOWN_MONTHS[known].split()[day.month - 1],
        year=day.year,
    )
