"""What was said, as it is compared: small letters and digits without accents, one space between words."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 400


def plain_words(text: str) -> str:
    """The words alone.

    >>> plain_words("Wie bitte?  C'est ÇA, “naïve”!")
    'wie bitte c est ca naive'
    """
    bare = unicodedata.normalize("NFKD", text[:LONGEST].replace("ß", "ss")).casefold()
    letters = "".join(each for each in bare if not unicodedata.combining(each))
    return " ".join(re.findall(r"[^\W_]+", letters))
