"""`TurnLatency`: how long each step between a caller's last sound and the end of the answer took."""

from __future__ import annotations

from dataclasses import dataclass


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
