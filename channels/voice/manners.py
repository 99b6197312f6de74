"""`Manners`: how a talk behaves, in plain figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.phrases import LANGUAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """Times are seconds.

    A caller who cuts in is listened to from `words_to_interrupt` words that mean something; one who
    says none within `false_interruption_s` did not cut in. `noise_s` is the longest that sound
    without a word keeps the desk from going on.
    """

    company: str = ""
    languages: tuple[str, ...] = LANGUAGES
    """The first is spoken where nothing tells another."""
    greeting: str = ""
    """The first words in place of the desk's own, with {company}; they have to say that it is a machine."""
    invitation: Mapping[str, str] = field(default_factory=dict)
    """What invites to speak after these words, by language, in place of "How can I help you?"."""
    is_recorded: bool = False
    recording_notice: str = ""
    """What is said where a call is recorded, in place of the desk's own words."""
    words_to_interrupt: int = 1
    false_interruption_s: float = 2.0
    noise_s: float = 6.0
    filler_after_s: float = 1.2
    filler_again_s: float = 6.0
    reprompt_after_s: float = 7.0
    reprompt_again_s: float = 8.0
    silence_end_s: float = 45.0
    """So long after the last words of either side a call ends, whatever noise there is."""
    wait_s: float = 60.0
    """How long a caller who asked for a moment is left alone."""
    key_pause_s: float = 4.0
    """A pause after keys that ends what they say."""
    longest_s: float = 3600.0
    least_confidence: float = 0.55
    """Under it a number or a spelled name is asked back."""
    slow_speed: float = 0.8
    mumble_s: float = 0.6
    """Sound of this length without a word was somebody who was not understood."""
