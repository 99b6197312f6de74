"""`TurnLatency`: how long each step between a caller's last sound and the end of the answer took."""

from __future__ import annotations

from dataclasses import dataclass

from core.messages import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnLatency:
    """One turn's steps, in seconds; none where a step did not come.

    `eot_wait` is from the caller's last sound until the turn was held to be over, `asr_final` from
    there until its words were there, `retrieval` the search in the documents, `first_token` from the
    words to the answer's first token, `first_sentence` from there to its first whole sentence,
    `send` what handing that to the line took, `tts_first_audio` from the handing over to its first
    sound, and `heard` from the first sound until all was heard or it was cut off.
    """

    question_id: str
    at: float
    """When the caller fell silent, in seconds since the call began."""
    eot_wait: float = 0.0
    asr_final: float = 0.0
    retrieval: float | None = None
    first_token: float | None = None
    first_sentence: float | None = None
    send: float | None = None
    tts_first_audio: float | None = None
    heard: float | None = None
    until_sound: float | None = None
    """From the caller's last sound to the answer's first: what a caller feels."""
    had_filler: bool = False
    was_interrupted: bool = False


class TurnClock:
    """Notes the moments of a turn, by the event loop's clock, and makes a `TurnLatency` of them."""

    def __init__(self, *, quiet_at: float, ended_at: float, words_at: float) -> None:
        self._quiet_at = quiet_at
        self._ended_at = ended_at
        self._words_at = words_at
        self._searches_since: float | None = None
        self._retrieval: float | None = None
        self._token_at: float | None = None
        self._sentence_at: float | None = None
        self._send: float | None = None

    def begins(self, stage: Stage, now: float) -> None:
        """The desk begins a step."""
        if stage == "retrieve":
            self._searches_since = now
        elif self._searches_since is not None and self._retrieval is None:
            self._retrieval = now - self._searches_since

    def token(self, now: float) -> None:
        """Words of the answer are there."""
        self._token_at = now if self._token_at is None else self._token_at

    def handing_over(self, now: float) -> None:
        """A whole sentence is handed to the line."""
        self._sentence_at = now if self._sentence_at is None else self._sentence_at

    def handed_over(self, now: float) -> None:
        """The line has the sentence."""
        if self._send is None and self._sentence_at is not None:
            self._send = now - self._sentence_at

    def latency(
        self,
        now: float,
        sound_at: float | None,
        *,
        question_id: str,
        call_began_at: float,
        had_filler: bool,
        was_interrupted: bool,
    ) -> TurnLatency:
        """What the turn took, now that it is over; `sound_at` is when its answer began to sound."""
        return TurnLatency(
            question_id=question_id,
            at=self._quiet_at - call_began_at,
            eot_wait=self._ended_at - self._quiet_at,
            asr_final=self._words_at - self._ended_at,
            retrieval=self._retrieval,
            first_token=_between(self._words_at, self._token_at),
            first_sentence=_between(self._token_at, self._sentence_at),
            send=self._send,
            tts_first_audio=_between(self._sentence_at, sound_at),
            heard=_between(sound_at, now),
            until_sound=_between(self._quiet_at, sound_at),
            had_filler=had_filler,
            was_interrupted=was_interrupted,
        )


def _between(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else max(end - start, 0.0)
