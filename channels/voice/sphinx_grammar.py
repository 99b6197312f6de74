"""What callers are likely to say, as a grammar (JSGF 1.0) for PocketSphinx; English.

Beside it runs a loop over all sounds of the language, each at a price: speech that is none of what is
expected goes there, so that it is not bent into it (a "garbage model": Wilpon et al., IEEE Trans. ASSP
38(11), 1990).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from core.spoken_text import spoken

PHONES = tuple(
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH"
    "".split()
)
"""The sounds of English in the notation of the CMU dictionary."""
LEAVE = 1e-5
"""What one more sound of the loop weighs: less bends more speech into what is expected."""
MOST_HINTS = 200
_LONGEST_HINT = 12
_OTHER = "phone_"
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
_RULES = """
<digit> = zero | oh | one | two | three | four | five | six | seven | eight | nine;
<ten> = twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety;
<teen> = ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | nineteen;
<amount> = <digit> | <teen> | <ten> [<digit>];
<letter> = a | b | c | d | e | f | g | h | i | j | k | l | m | n | o | p | q | r | s | t | u | v | w | x | y
    | z;
<code> = [<letter>] <digit> <digit> <digit> <digit>*;
<place> = [the] ( first | second | third | fourth | last ) [one] | number <digit>;
<yes> = yes | yeah | yep | correct | sure | okay | that's right | yes that's right | go ahead | yes go ahead;
<no> = no | nope | no thank you | no thanks | that's wrong | no that's wrong | not really;
<stop> = stop | cancel | never mind | goodbye | bye | thank you | thanks | thank you goodbye;
<person> = person | human | agent | somebody | representative | operator;
<wish> = speak to | talk to | i want to speak to | i want to talk to | can i speak to | can i talk to;
<help> = help | repeat [that] | say that again | slower | [please] speak slower | agent | operator
    | <wish> [a | an] <person>;
<lead> = the | a | an | my | it's | it's the | i want | i want the | i'd like | i'd like the;
"""


def grammar(hints: Sequence[str], knows: Callable[[str], bool]) -> str:
    """A JSGF grammar of yes and no, digits, letters, requests to the desk, and these hints.

    Signs and figures of a hint become words; a hint with a word that `knows` denies is left out, and so is
    what goes beyond 200 hints or 12 words. Nothing but known words of plain letters comes into the grammar.
    """
    expected = ["<yes>", "<no>", "<stop>", "<help>", "<amount>", "<code>", "<place>"]
    rules = _RULES
    if phrases := list(_phrases(hints, knows)):
        rules += f"<hint> = {' | '.join(phrases)};\n"
        expected.append("[<lead>] <hint>")
    sounds = " | ".join(other_word(phone) for phone in PHONES)
    return (
        f"#JSGF V1.0;\ngrammar desk;{rules}<expected> = {' | '.join(expected)};\n<sound> = {sounds};\n"
        f"<other> = /1/ <sound> | /{LEAVE:.6f}/ <sound> <other>;\n"
        "public <said> = /0.99/ <expected> [please] | /0.01/ <other>;\n"
    )


def other_word(phone: str) -> str:
    """The word that stands for a sound of speech that is not expected; it has to be added to the dictionary.

    >>> other_word("AA")
    'phone_aa'
    """
    return _OTHER + phone.lower()


def is_expected(words: str) -> bool:
    """Whether what was recognised is something the grammar expects.

    >>> is_expected("yes please"), is_expected("phone_hh phone_aw"), is_expected("")
    (True, False, False)
    """
    return bool(words) and _OTHER not in words


def _phrases(hints: Sequence[str], knows: Callable[[str], bool]) -> Iterator[str]:
    seen: set[str] = set()
    for hint in hints[:MOST_HINTS]:
        words = _words(hint)
        phrase = " ".join(words)
        if words and phrase not in seen and all(knows(word) for word in words):
            seen.add(phrase)
            yield phrase


def _words(hint: str) -> list[str]:
    """The words of a hint as they are said; none where it is too long to be said in one breath."""
    if len(hint) > 200:
        return []
    letters = unicodedata.normalize("NFKD", spoken(hint, "en").lower().replace("’", "'"))
    words = _WORD.findall("".join(letter for letter in letters if not unicodedata.combining(letter)))
    return words if len(words) <= _LONGEST_HINT else []
