"""Words in pictures, where the `ocr` extra is installed (RapidOCR, which ships its models)."""

import io
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from core.documents import Section
from core.errors import TooLarge, UnreadableDocument
from core.formats.ocrlayout import Box, lines_from
from core.formats.pdflines import Line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HOW_TO = "install the ocr extra to read it: pip install rapidocr"
MAX_PIXELS = 60_000_000
MAX_FRAMES = 200
_SURE_ENOUGH = 0.5
_LONGEST_SIDE_PX = 2_200
_THREADS = 2


def is_installed() -> bool:
    """Whether pictures can be read here."""
    return find_spec("rapidocr") is not None


def read(data: bytes) -> Iterator[Section]:
    """The words in a PNG, JPEG or TIFF picture; the pictures of a TIFF are its pages."""
    if not is_installed():
        raise UnreadableDocument(f"it is a picture; {HOW_TO}")
    from core.formats.outline import Outline  # noqa: PLC0415
    from core.formats.pdflayout import place, style_of  # noqa: PLC0415

    pages = [lines_of(pixels) for pixels in _frames(data)]
    outline = Outline()
    for number, lines in enumerate(pages, start=1):
        if len(pages) > 1:
            outline.turn(number)
        place(outline, lines, style_of([]))
    yield from outline.sections()


def lines_of(pixels: "NDArray[np.uint8]") -> list[Line]:
    """The lines of words in a picture given as height x width x (blue, green, red)."""
    try:
        result = _engine()(pixels)
    except Exception as error:
        if "alloc" in str(error).lower():
            raise MemoryError from error
        raise
    if result.boxes is None or result.txts is None:
        return []
    boxes: list[Box] = []
    for corners, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
        if score >= _SURE_ENOUGH and text.strip():
            across, down = [float(x) for x, _ in corners], [float(y) for _, y in corners]
            boxes.append(Box(text.strip(), min(across), max(across), min(down), max(down)))
    return lines_from(boxes)


def _frames(data: bytes) -> "Iterator[NDArray[np.uint8]]":
    import numpy as np  # noqa: PLC0415
    from PIL import Image, ImageSequence  # noqa: PLC0415

    with Image.open(io.BytesIO(data)) as picture:
        for number, frame in enumerate(ImageSequence.Iterator(picture), start=1):
            if number > MAX_FRAMES:
                raise TooLarge(f"it has more than {MAX_FRAMES} pictures")
            width, height = frame.size
            if width * height > MAX_PIXELS:
                raise TooLarge(f"the picture has {width * height} pixels, over {MAX_PIXELS}")
            paper = Image.new("RGBA", frame.size, "white")
            colour = Image.alpha_composite(paper, frame.convert("RGBA")).convert("RGB")
            colour.thumbnail((_LONGEST_SIDE_PX, _LONGEST_SIDE_PX))
            yield np.asarray(colour)[:, :, ::-1].copy()


@lru_cache(maxsize=1)
def _engine() -> Any:  # noqa: ANN401 - rapidocr tells no types
    from rapidocr import RapidOCR  # noqa: PLC0415

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
            "EngineConfig.onnxruntime.enable_cpu_mem_arena": False,
            "Rec.rec_batch_num": 2,
        }
    )
