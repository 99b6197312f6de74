"""Bytes to characters, whatever encoding they are in; and whether bytes are text at all."""

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 64 * 1024
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\v\f\r\x1b") + b"\x7f"
_SYMBOL_IN_WORD = re.compile(r"[A-Za-zÀ-ÿ][¡-©«-´¶-¹»-¿ƒ†‡ˆ‰][a-zà-ÿ]|[\x80-\x9f]")
_FOREIGN_SHARE = 0.3
_NOISE_SHARE = 0.02


def decode(data: bytes, declared: str | None = None) -> str:
    """The characters that the bytes stand for; `declared` is what the document claims.

    A byte order mark is believed first, then the pattern of zero bytes that UTF-16 and
    UTF-32 leave, then valid UTF-8, then the claim, then a guess.
    """
    certain = unmistakable_encoding(data)
    if certain:
        return data.decode(certain, "replace").removeprefix("\ufeff")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if declared:
        try:
            return data.decode(declared)
        except (LookupError, UnicodeDecodeError, ValueError):
            pass
    return _guess(data)


def unmistakable_encoding(data: bytes) -> str | None:
    """The encoding told by a byte order mark or by the pattern of zero bytes, or None."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    sample = data[: _SAMPLE_BYTES - _SAMPLE_BYTES % 4]
    if len(sample) < 4 or b"\0" not in sample:
        return None
    zeros = [sample[place::4].count(0) / max(1, len(sample[place::4])) for place in range(4)]
    even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
    shapes = {
        "utf-32-le": min(zeros[2:]) > 0.99 and zeros[0] < 0.5,
        "utf-32-be": min(zeros[:2]) > 0.99 and zeros[3] < 0.5,
        "utf-16-le": odd > 0.2 and even < 0.05,
        "utf-16-be": even > 0.2 and odd < 0.05,
    }
    return next((name for name, fits in shapes.items() if fits), None)


def is_text(data: bytes) -> bool:
    """Whether the bytes read as text in some encoding, rather than as binary noise."""
    sample = data[:_SAMPLE_BYTES]
    certain = unmistakable_encoding(data)
    if certain:
        text = sample[: len(sample) - len(sample) % 4].decode(certain, "replace")
        strange = sum(1 for char in text if not char.isprintable() and not char.isspace())
        return strange <= max(1, _NOISE_SHARE * len(text))
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return b"\0" not in sample and controls <= _NOISE_SHARE * len(sample)


def _guess(data: bytes) -> str:
    lenient = data.decode("utf-8", "replace")
    lost = lenient.count("\ufffd")
    if sum(1 for char in lenient if char > "\x7f") - lost > 5 * lost:
        return lenient
    western = data.decode("cp1252", "replace")
    sample = western[:_SAMPLE_BYTES]
    letters = [char for char in sample if char.isalpha()]
    foreign = sum(1 for char in letters if char > "\x7f")
    is_western = foreign <= _FOREIGN_SHARE * len(letters) and "\ufffd" not in sample
    if is_western and not _SYMBOL_IN_WORD.search(sample):
        return western
    from charset_normalizer import from_bytes  # noqa: PLC0415

    best = from_bytes(data[:_SAMPLE_BYTES]).best()
    return data.decode(best.encoding, "replace") if best else western
