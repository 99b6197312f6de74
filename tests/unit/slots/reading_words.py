"""What the tests of the extractors share: a day to read from, and a reading made short."""

from datetime import date, time

from core.slots import Context, extractor_for

WEDNESDAY = date(2026, 5, 6)


def asked(language: str = "english") -> Context:
    return Context(today=WEDNESDAY, language=language, is_asked=True, now=time(12))


def unasked(language: str = "english") -> Context:
    return Context(today=WEDNESDAY, language=language, is_asked=False, now=time(12))


def values(kind: str, words: str, context: Context | None = None, **options: object) -> list[object]:
    return [each.value for each in extractor_for(kind, **options).read(words, context or unasked())]


def shown(kind: str, words: str, context: Context | None = None, **options: object) -> list[str]:
    return [each.text for each in extractor_for(kind, **options).read(words, context or unasked())]


def certain(kind: str, words: str, context: Context | None = None, **options: object) -> list[bool]:
    return [each.is_certain for each in extractor_for(kind, **options).read(words, context or unasked())]


def reasons(kind: str, words: str, context: Context | None = None, **options: object) -> list[str]:
    return [each.reason for each in extractor_for(kind, **options).refusals(words, context or asked())]
