"""Where sentences begin and end: `sentences` of a whole text, `SentenceStream` of a growing one."""

import re

_CLOSERS = "\"'”’»›)\\]}」』）】＂*_"
_MARKERS = r"(?:\s?[\[【](?:passages?\s)?\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*(?:†[^\]】\n]{0,40})?[\]】])*"
_STOP = re.compile(
    r"(?:[.!?…؟۔]+|(?P<wide>[。！？｡।॥።။។։]+))"
    rf"(?P<shut>[{_CLOSERS}]*(?:[ \u00a0\u202f]»)?)(?P<cited>{_MARKERS})"
)
_BREAK = re.compile(r"[ \t\r]*\n[ \t\r]*(?P<more>\n\s*)?")
_LAST_WORD = re.compile(r"[^\s(\[{\"'“‘«¿¡]+\Z")
_NEXT = re.compile(r"\s*[\"'“‘«‹(\[{¿¡*_—–-]*\s?(?P<word>[\w’']*)")
_LIST_ITEM = re.compile(
    r"\s*(?:[-*•◦▪‣·–—]\s|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)]\s|#{1,6}\s|>\s|[A-Z][\w ]{0,24}:\s)"
)
_ROW = re.compile(r"\t|\s\|\s|\A\s*\||\|\s*\Z")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]\Z|[A-Z][a-z]\.[A-Z]\Z")
_OPEN_MARKER = re.compile(r"\s*(?:[\[【][^\]】]{0,40})?\Z")
_SEEN_WORD = re.compile(r"\s*\W*\w+\W")

_WRAP_MIN_CHARS = 45
"""A line at least this long without a stop is taken to run on in the next one …"""
_WRAP_MAX_CHARS = 140
"""… unless it is longer than any page is wide: then it is a paragraph by itself."""
_SOFT_MIN_CHARS = 25
"""The same before a line that goes on in lower case, where less is doubtful."""
_LONG_CHARS = 2000
_GROWTH = 1.1
"""An unended text longer than any sentence is looked at again only when it has grown by this."""
_ENOUGH_CHARS = 12
"""What follows a stop may change what it meant; after this many characters no more."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BEFORE_ANYTHING = _words(
    "e.g i.e eg ie cf viz vs v approx ca resp esp incl excl dr mr mrs ms messrs mx prof gen col capt"
    " lt sgt rev hon gov sen rep pres mt ft sr. sra srta dra hr fr mme mlle dipl ing z.b d.h u.a bzw"
    " p.ej p.ex nr.of evtl ggf inkl zzgl vgl al.et"
)
"""Never end a sentence."""
_BEFORE_NUMBERS = _words(
    "no nos nr nº núm num art arts sec secs fig figs eq eqs ch chap vol p pp par para tab app ex ref"
    " abs ziff kap seite ver rev version ext tel ph jan feb mar apr jun jul aug sep sept oct nov dec st"
)
"""Do not end a sentence when a number follows."""
_BEFORE_NAMES = _words(
    "inc ltd llc co corp bros jr sr st ave blvd rd dept est univ assn etc al a.m p.m mon tue tues wed"
    " thu thurs fri sat sun jan feb aug sept oct nov dec min max hrs s.a s.l gmbh plc avg std intl"
)
"""End a sentence only when a word follows that often begins one."""
_STARTERS = _words(
    "the a an this that these those it its he she they we you i there here if when while where what who"
    " why how in on at for from to by with as after before once since until please all any each every"
    " some many most no not yes only our your their my his her however but and or so then also for"
    " both may can will do does did is are was were see click go contact call el la los las un una si"
    " en para por con no se su este esta der die das ein eine wenn es sie wir im für bitte le les une"
    " il elle nous vous si dans pour"
)
_GERMAN_MONTHS = _words("Januar Februar März April Mai Juni Juli August September Oktober November Dezember")
_ORDINAL_LENGTH = 2


def sentences(text: str) -> list[tuple[int, int]]:
    """The (start, end) characters of each sentence, in order, without the space around it.

    A blank line always ends one; so do list items and table rows on lines of their own. A
    citation marker behind the full stop belongs to the sentence before it.

        >>> text = "Dr. Roe paid $3.50. [1] Why? See e.g. No. 7."
        >>> [text[start:end] for start, end in sentences(text)]
        ['Dr. Roe paid $3.50. [1]', 'Why?', 'See e.g. No. 7.']
    """
    found: list[tuple[int, int]] = []
    for start, end in _blocks(text):
        begin = start
        for stop in _STOP.finditer(text, start, end):
            if _ends(text, start, stop, end):
                _add(found, text, begin, stop.end())
                begin = stop.end()
        _add(found, text, begin, end)
    return found


def _add(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    bare = piece.strip()
    if bare:
        start += len(piece) - len(piece.lstrip())
        found.append((start, start + len(bare)))


def _blocks(text: str) -> list[tuple[int, int]]:
    """Stretches that no sentence reaches across: paragraphs, list items, rows, headings."""
    blocks: list[tuple[int, int]] = []
    start = line = 0
    for gap in _BREAK.finditer(text):
        if gap["more"] or not _runs_on(text, line, gap):
            blocks.append((start, gap.start()))
            start = gap.end()
        line = gap.end()
    blocks.append((start, len(text)))
    return blocks


def _runs_on(text: str, line: int, gap: re.Match[str]) -> bool:
    before = text[line : gap.start()]
    following = text[gap.end() : gap.end() + _WRAP_MAX_CHARS].split("\n", 1)[0]
    if not before or not following or _LIST_ITEM.match(following):
        return False
    if _ROW.search(before) or _ROW.search(following):
        return False
    last = before[-1]
    if last in ",-‐" and len(before) >= _SOFT_MIN_CHARS:
        return True
    if last in ".!?:;…。！？":
        return last == "." and not _is_plain_word(text, gap.start() - 1, line)
    if following[0].islower():
        return len(before) >= _SOFT_MIN_CHARS
    return _WRAP_MIN_CHARS <= len(before) <= _WRAP_MAX_CHARS


def _is_plain_word(text: str, dot: int, line: int) -> bool:
    word = _LAST_WORD.search(text, max(line, dot - 30), dot)
    return word is None or word[0].lower() not in _BEFORE_ANYTHING


def _ends(text: str, block: int, stop: re.Match[str], end: int) -> bool:
    """Whether the stop is the end of a sentence, seen from what stands around it."""
    after = stop.end()
    if after >= end:
        return True
    if stop["wide"]:
        return not (stop["shut"] and text.startswith(("と", "って"), after))
    if stop["cited"] and not text[after].isalnum():
        return True
    if not text[after].isspace():
        return False
    following = _NEXT.match(text, after, end)
    word = following["word"] if following else ""
    if word and word[0].islower() and not any(letter.isupper() for letter in word[1:3]):
        return bool(stop["cited"])
    is_dot = text[stop.start() : stop.start("shut")] == "."
    return not is_dot or not _abbreviates(text, block, stop.start(), word)


def _abbreviates(text: str, block: int, dot: int, following: str) -> bool:
    """Whether the dot belongs to the word before it rather than to the sentence."""
    found = _LAST_WORD.search(text, max(block, dot - 30), dot)
    if found is None:
        return False
    word = found[0]
    low = word.lower()
    if low in _BEFORE_ANYTHING or (low in _BEFORE_NUMBERS and following[:1].isdigit()):
        return True
    if len(low) <= _ORDINAL_LENGTH and (low.isdigit() or len(low) == 1):
        if _numbers_an_item(text[max(block, dot - 30) : dot - len(word)].rstrip()):
            return True
        if low.isdigit():
            return following in _GERMAN_MONTHS
    is_initial = len(word) == 1 and word.isupper()
    if is_initial or low in _BEFORE_NAMES or _DOTTED.search(word):
        return following.lower() not in _STARTERS
    return False


def _numbers_an_item(before: str) -> bool:
    if not before or before[-1] in ":;!?":
        return True
    found = _LAST_WORD.search(before, 0, len(before) - 1) if before[-1] == "." else None
    return found is not None and found[0].lower() not in _BEFORE_NUMBERS | _BEFORE_ANYTHING


class SentenceStream:
    """Whole sentences out of text that comes in pieces.

    >>> stream = SentenceStream()
    >>> [stream.feed(piece) for piece in ("It is fre", "e. [1]", " Ask", " us", ".")]
    [[], [], [], ['It is free. [1]'], []]
    >>> stream.finish()
    ['Ask us.']
    """

    def __init__(self) -> None:
        self.pending = ""
        """The text that is not yet known to be whole sentences."""
        self._may_end = False
        self._seen_chars = 0

    def feed(self, piece: str) -> list[str]:
        """The sentences that are certain now that `piece` has come."""
        if not piece:
            return []
        text = self.pending = self.pending + piece
        self._may_end = self._may_end or "\n" in piece or _STOP.search(piece) is not None
        if not self._may_end or _LONG_CHARS < len(text) < self._seen_chars * _GROWTH:
            return []
        self._seen_chars = len(text)
        certain: list[str] = []
        done = 0
        spans = sentences(text)
        for start, end in spans[:-1]:
            if not _is_certain(text, end):
                break
            certain.append(text[start:end])
            done = end
        self.pending = text[done:]
        if certain:
            self._seen_chars = 0
            self._may_end = "\n" in self.pending or _STOP.search(self.pending) is not None
        return certain

    def finish(self) -> list[str]:
        """What is left, as sentences, though the last may want its full stop."""
        text, self.pending = self.pending, ""
        self._may_end, self._seen_chars = False, 0
        return [text[start:end] for start, end in sentences(text)]


def _is_certain(text: str, end: int) -> bool:
    tail = text[end : end + 60].lstrip()
    if _OPEN_MARKER.match(tail):
        return False
    return len(tail) >= _ENOUGH_CHARS or _SEEN_WORD.match(tail) is not None
