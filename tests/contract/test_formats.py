"""What every reader of documents keeps to: the same words read alike, and refusals that say why."""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.documents import Extract
from core.errors import UnreadableDocument
from core.formats import EXTENSIONS, FORMATS, ocr, read, sniff

SAMPLES = Path(__file__).parents[1] / "data" / "formats"
SENTENCE = "You may send a parcel back within thirty days of the day it reached you."
ROW = "Plan: Premium; Price: 9 EUR"
DEEP = ("Returns", "Deadlines")


@dataclass(frozen=True)
class Case:
    """What a format can carry of the sample."""

    heading: tuple[str, ...] = ()
    page: int | None = None
    has_sentence: bool = True
    row: str | None = ROW
    items: bool = False


CASES = {
    "txt": Case(items=True),
    "md": Case(DEEP, items=True),
    "rst": Case(DEEP, row=None, items=True),
    "org": Case(DEEP, items=True),
    "html": Case(DEEP, items=True),
    "rtf": Case(DEEP, items=True),
    "doc": Case(DEEP, items=True),
    "docx": Case(DEEP, items=True),
    "odt": Case(DEEP, items=True),
    "epub": Case(("Handbook", *DEEP), items=True),
    "pdf": Case(DEEP, page=2, items=True),
    "pptx": Case(("Returns",), page=2),
    "odp": Case(("Returns",), page=2, row=None),
    "xlsx": Case(("Returns",), page=1),
    "xls": Case(("Returns",), page=1),
    "ods": Case(("Returns",), page=1, has_sentence=False),
    "csv": Case(has_sentence=False),
    "tsv": Case(has_sentence=False),
    "eml": Case(("Returns",)),
    "json": Case(row="plans.Plan: Premium\nplans.Price: 9 EUR"),
    "jsonl": Case(row="Plan: Premium\nPrice: 9 EUR"),
    "xml": Case(("Returns",)),
    "png": Case(row=None),
    "jpg": Case(row=None),
    "tiff": Case(row=None),
}
PICTURES = {"png", "jpg", "tiff"}
WITHOUT_SAMPLE = {"application/vnd.ms-excel.sheet.binary.macroenabled.12"}
"""XLSB has no free writer; it goes the same way as XLSX."""


def sample(ending: str) -> bytes:
    """The bytes of the sample in that format."""
    return (SAMPLES / f"sample.{ending}").read_bytes()


def outcome(data: bytes, name: str) -> str:
    """The text, or the refusal where it names the document."""
    try:
        return read(data, name).text
    except UnreadableDocument as error:
        return str(error) if repr(name) in str(error) else ""


@pytest.fixture(params=CASES)
def ending(request: pytest.FixtureRequest) -> str:
    """Each format in turn; pictures only where they can be read."""
    if request.param in PICTURES and not ocr.is_installed():
        pytest.skip("the ocr extra is not installed")
    return str(request.param)


@pytest.fixture
def extract(ending: str) -> Extract:
    """The sample of the format, read."""
    return read(sample(ending), f"sample.{ending}")


def test_every_format_has_a_sample() -> None:
    covered = {EXTENSIONS[f".{ending}"] for ending in CASES}
    assert covered | WITHOUT_SAMPLE == set(FORMATS)


def test_every_extension_leads_to_a_format() -> None:
    assert set(EXTENSIONS.values()) <= set(FORMATS)


def test_the_sentence_is_whole(ending: str, extract: Extract) -> None:
    if CASES[ending].has_sentence:
        assert SENTENCE in extract.text


def test_a_section_knows_its_headings_and_its_page(ending: str, extract: Extract) -> None:
    case = CASES[ending]
    words = SENTENCE if case.has_sentence else ROW
    found = next(section for section in extract.sections if words in section.text)
    assert (found.heading, found.page) == (case.heading, case.page)


def test_a_row_of_a_table_can_be_understood_alone(ending: str, extract: Extract) -> None:
    row = CASES[ending].row
    if row:
        assert row in extract.text


def test_list_items_stand_on_lines_of_their_own(ending: str, extract: Extract) -> None:
    if CASES[ending].items:
        assert "- Keep the receipt\n- Use the label in the box" in extract.text


def test_menus_and_letterheads_are_left_out(extract: Extract) -> None:
    assert not {"Imprint", "Home | Cart", "Letterhead", "hidden"} & set(extract.text.split("\n"))


def test_the_text_is_clean(extract: Extract) -> None:
    assert unicodedata.is_normalized("NFC", extract.text)
    assert not [
        char for char in extract.text if unicodedata.category(char) in {"Cc", "Cs"} - {"\n"} and char != "\n"
    ]


def test_a_section_stands_where_it_says(extract: Extract) -> None:
    assert all(extract.text[part.start : part.end] == part.text for part in extract.sections)


def test_the_media_type_is_told_without_the_right_name(ending: str) -> None:
    told_by_content = {
        "pdf",
        "docx",
        "pptx",
        "xlsx",
        "xls",
        "doc",
        "odt",
        "ods",
        "odp",
        "epub",
        "rtf",
        "html",
    }
    if ending in told_by_content | PICTURES | {"eml", "xml"}:
        assert sniff(sample(ending), "upload") == EXTENSIONS[f".{ending}"]
        assert sniff(sample(ending), "upload.txt") == EXTENSIONS[f".{ending}"]


def test_a_document_cut_short_is_read_in_part_or_refused(ending: str) -> None:
    whole = sample(ending)
    for length in (1, 7, len(whole) // 3, len(whole) * 2 // 3, len(whole) - 10):
        assert outcome(whole[:length], f"sample.{ending}")


@pytest.mark.parametrize("content", [b"", b" \n\t \r\n "], ids=["nothing", "blanks"])
def test_an_empty_document_is_refused(ending: str, content: bytes) -> None:
    with pytest.raises(UnreadableDocument):
        read(content, f"sample.{ending}")


def test_noise_is_refused_whatever_its_name(ending: str) -> None:
    noise = bytes((number * 167 + 13 + number // 7) % 256 for number in range(4000))
    with pytest.raises(UnreadableDocument, match="content is not that"):
        read(noise, f"sample.{ending}")
