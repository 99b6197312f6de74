"""PocketSphinx, in a process of its own.

Two decoders hear an utterance while the caller speaks: one with a language model of written English, and one
with the grammar of what callers are likely to say (`sphinx_grammar`). Where the grammar fits, it is believed:
it is right far more often.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, cast

from channels.voice.child_work import Request, Work, serve
from channels.voice.frames import Frame
from channels.voice.recogniser_work import heard
from channels.voice.sound import Samples
from channels.voice.sphinx_grammar import PHONES, grammar, is_expected, other_word
from channels.voice.widened import WIDE_RATE, Widening
from core.errors import Misconfigured

_EXPECTED = "expected"
TELEPHONE_MEANS = "58.84,26.98,-33.88,44.42,-38.64,17.29,-11.53,-24.13,3.26,-12.83,10.81,-8.62,-0.91"
"""The mean cepstra of µ-law speech. The model's own are those of a microphone, and next to nothing is
recognised with them: a decoder learns a line's means only from whole utterances."""


class _Found(Protocol):
    hypstr: str


class _Decoder(Protocol):
    """What is used of `pocketsphinx.Decoder`."""

    def start_utt(self) -> None: ...
    def process_raw(self, data: bytes) -> None: ...
    def end_utt(self) -> None: ...
    def hyp(self) -> _Found | None: ...
    def set_cmn(self, means: str) -> None: ...
    def lookup_word(self, word: str) -> str | None: ...
    def add_word(self, word: str, phones: str, update: bool) -> None: ...
    def add_jsgf_string(self, name: str, text: str) -> None: ...
    def activate_search(self, name: str) -> None: ...


def _decoder(**options: object) -> _Decoder:
    from pocketsphinx import Decoder  # noqa: PLC0415 - an extra, and heavy

    return cast("_Decoder", Decoder(samprate=WIDE_RATE, loglevel="FATAL", **options))


class Decoders:
    """Hears one utterance at a time. `mode` is "both", "grammar" or "open". Takes about 125 MB for both."""

    def __init__(self, mode: str) -> None:
        self._free = _decoder() if mode != "grammar" else None
        self._bound = _decoder(lm=None, bestpath=False) if mode != "open" else None
        if self._bound is not None:
            for phone in PHONES:
                self._bound.add_word(other_word(phone), phone, phone == PHONES[-1])
        self._all = [decoder for decoder in (self._free, self._bound) if decoder is not None]
        self._hints: tuple[str, ...] | None = None

    def start(self, hints: Sequence[str]) -> None:
        """Listen to a new utterance; nothing of the one before counts."""
        if self._bound is not None and self._hints != tuple(hints):
            known = self._bound.lookup_word
            self._bound.add_jsgf_string(_EXPECTED, grammar(hints, lambda word: known(word) is not None))
            self._bound.activate_search(_EXPECTED)
            self._hints = tuple(hints)
        for decoder in self._all:
            decoder.set_cmn(TELEPHONE_MEANS)
            decoder.start_utt()

    def take(self, wide: Samples) -> None:
        """More sound, 16 kHz."""
        if len(wide):
            for decoder in self._all:
                decoder.process_raw(wide.tobytes())

    def so_far(self) -> str:
        """The words by now: whatever the grammar has is likely to change, so it is not asked."""
        return _said(self._free)

    def end(self) -> str:
        """The words of the utterance."""
        for decoder in self._all:
            decoder.end_utt()
        expected = _said(self._bound)
        return expected if is_expected(expected) else _said(self._free)


class Lending:
    """Lends decoders to utterances; at most `most` pairs listen while callers speak, others at the end."""

    def __init__(self, mode: str, most: int) -> None:
        self._mode = mode
        self._left = most
        self._free: list[Decoders] = []
        self._spare: Decoders | None = None

    def borrow(self) -> Decoders | None:
        """Decoders for an utterance that goes on; none where all are lent."""
        if self._free:
            return self._free.pop()
        if not self._left:
            return None
        self._left -= 1
        return Decoders(self._mode)

    def give_back(self, decoders: Decoders) -> None:
        """They are free again, whatever they heard."""
        self._free.append(decoders)

    def spare(self) -> Decoders:
        """Decoders for an utterance that is complete; used at once, so one pair is enough for all."""
        self._spare = self._spare or Decoders(self._mode)
        return self._spare


class _Hearing:
    """An utterance that is decoded while it comes, as far as decoders are free for it."""

    def __init__(self, lending: Lending, hints: Sequence[str]) -> None:
        self._lending = lending
        self._hints = hints
        self._decoders: Decoders | None = None
        self._widening = Widening()
        self._waiting: list[Samples] = []

    def take(self, samples: Samples) -> None:
        self._waiting.append(self._widening.take(samples))
        if self._decoders is None and (decoders := self._lending.borrow()) is not None:
            decoders.start(self._hints)
            self._decoders = decoders
        if self._decoders is not None:
            self._give(self._decoders)

    def partial(self) -> str:
        return self._decoders.so_far() if self._decoders is not None else ""

    def finish(self) -> dict[str, Any]:
        self._waiting.append(self._widening.last())
        decoders = self._decoders
        if decoders is None:
            decoders = self._lending.spare()
            decoders.start(self._hints)
        self._give(decoders)
        text = decoders.end()
        if self._decoders is not None:
            self._lending.give_back(self._decoders)
            self._decoders = None
        return {"text": text, "language": "en"}

    def close(self) -> None:
        if self._decoders is not None:
            self._decoders.end()
            self._lending.give_back(self._decoders)
            self._decoders = None

    def _give(self, decoders: Decoders) -> None:
        for wide in self._waiting:
            decoders.take(wide)
        self._waiting.clear()


def _said(decoder: _Decoder | None) -> str:
    found = decoder.hyp() if decoder is not None else None
    return "" if found is None else found.hypstr


def load(settings: dict[str, Any]) -> tuple[Work, dict[str, Any]]:
    """The work, with the first decoders in memory.

    Raises:
        Misconfigured: PocketSphinx is not installed.
    """
    lending = Lending(settings["mode"], settings["decoders"])
    try:
        first = lending.borrow() or lending.spare()
    except ImportError as error:
        raise Misconfigured("PocketSphinx is not installed: pip install 'frontdesk[phone]'") from error
    lending.give_back(first)

    def work(request: Request) -> Iterator[Frame | None]:
        return heard(request, _Hearing(lending, request.header["hints"]))

    return work, {"languages": ["en"]}


if __name__ == "__main__":
    serve(load)
