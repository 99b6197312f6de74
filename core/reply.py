"""What a chat model's words mean: `Reply` turns its tokens into drafts."""

import re

from core.generate import Draft
from core.sentences import SentenceStream

_MARKER = re.compile(
    r"\s?[\[【](?:passages?\s)?(?P<numbers>\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*)(?:†[^\]】\n]*)?[\]】]",
    re.IGNORECASE,
)
_NO_ANSWER = re.compile(r"(?<![A-Za-z])(?:NO[\s-]?ANSWER|(?i:no\\?_answer))(?![A-Za-z])")
_NOTHING_ELSE = re.compile(r"[\W_]*no[\s-]?answer[\W_]*", re.IGNORECASE)
_MAYBE_NO_ANSWER = re.compile(
    r"[\W_]*(?:n(?:o(?:[\W_]*(?:a(?:n(?:s(?:w(?:e(?:r\W*)?)?)?)?)?)?)?)?)?\Z", re.IGNORECASE
)
_OPEN = re.compile(r"<(think|thinking|thought|reasoning|analysis)>", re.IGNORECASE)
_CLOSE = re.compile(r"</(?:think|thinking|thought|reasoning|analysis)>", re.IGNORECASE)
_STOPPED = re.compile(r"[.!?…。！？][^\w\s]*(?:\s?[\[【][^\]】]*[\]】])*\Z")
_LONGEST_TAG = len("</reasoning>")
_LONGEST_RANGE = 20


class Reply:
    """The sentences of a reply as they become certain, without thoughts and markers.

    A sentence waits until the words after it have begun otherwise than `NO_ANSWER` does, one
    without markers until one with markers comes; what still waits when the model says that
    there is no answer is thrown away. `declined` tells that it has said so.
    """

    def __init__(self) -> None:
        self.declined = False
        self.has_words = False
        self._thoughts = _Thoughts()
        self._sentences = SentenceStream()
        self._waiting: list[Draft] = []

    def feed(self, piece: str) -> list[Draft]:
        """The drafts that are certain now."""
        said = self._thoughts.without(piece)
        if self._thoughts.ended_unopened:
            self._sentences, self._waiting = SentenceStream(), []
            self._thoughts.ended_unopened = False
        if not said:
            return []
        self._take(self._sentences.feed(said))
        if not self.declined and _NO_ANSWER.search(self._sentences.pending[-len(said) - _LONGEST_TAG :]):
            self.declined = True
        return self._ready(at_end=False)

    def finish(self, *, cut: bool) -> list[Draft]:
        """The last drafts; of a reply that was cut off, half a sentence is left out."""
        left = self._sentences.feed(self._thoughts.rest()) + self._sentences.finish()
        if cut and left and not _STOPPED.search(left[-1]):
            left.pop()
        self._take(left)
        return self._ready(at_end=True)

    def _take(self, sentences: list[str]) -> None:
        for sentence in sentences:
            self.has_words = True
            if self.declined or _NO_ANSWER.search(sentence) or _NOTHING_ELSE.fullmatch(sentence):
                self.declined = True
                return
            draft = _draft(sentence)
            if draft.text:
                self._waiting.append(draft)
            elif draft.cited and self._waiting:
                before = self._waiting[-1]
                cited = tuple(dict.fromkeys((*before.cited, *draft.cited)))
                self._waiting[-1] = Draft(text=before.text, cited=cited)

    def _ready(self, *, at_end: bool) -> list[Draft]:
        if self.declined:
            self._waiting = []
            return []
        count = len(self._waiting)
        if not at_end:
            if count and _MAYBE_NO_ANSWER.match(self._sentences.pending):
                count -= 1
            while count and not self._waiting[count - 1].cited:
                count -= 1
        ready, self._waiting = self._waiting[:count], self._waiting[count:]
        return ready


class _Thoughts:
    """Takes out what stands between thinking tags, however the tags are cut into pieces."""

    def __init__(self) -> None:
        self.ended_unopened = False
        self._held = ""
        self._inside = False

    def without(self, piece: str) -> str:
        text = self._held + piece
        said: list[str] = []
        while True:
            tag = (_CLOSE if self._inside else _OPEN).search(text)
            stray = None if self._inside else _CLOSE.search(text)
            if stray and (tag is None or stray.start() < tag.start()):
                self.ended_unopened = True
                said, text = [], text[stray.end() :]
                continue
            if tag is None:
                break
            if not self._inside:
                said.append(text[: tag.start()])
            self._inside = not self._inside
            text = text[tag.end() :]
        begun = text.rfind("<", max(0, len(text) - _LONGEST_TAG))
        whole = text if begun < 0 or ">" in text[begun:] else text[:begun]
        self._held = text[len(whole) :]
        return "".join(said) + ("" if self._inside else whole)

    def rest(self) -> str:
        return "" if self._inside else self._held


def _draft(sentence: str) -> Draft:
    """The sentence without its markers, and the numbers in them."""
    cited = dict.fromkeys(n for match in _MARKER.finditer(sentence) for n in _numbers(match["numbers"]))
    return Draft(text=_MARKER.sub("", sentence).strip(), cited=tuple(cited))


def _numbers(text: str) -> list[int]:
    numbers: list[int] = []
    for part in re.split(r"\s?[,;]\s?", text):
        first, *last = (int(n) for n in re.split(r"\s?[–-]\s?", part))
        end = last[-1] if last else first
        numbers += range(first, end + 1) if 0 <= end - first <= _LONGEST_RANGE else [first, end]
    return numbers
