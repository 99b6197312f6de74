"""Hostile, broken and wrongly named documents: each is refused with one sentence that says why."""

import io
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from core import formats
from core.errors import TooLarge, UnreadableDocument
from core.formats import ocr, read, sniff
from tests.data.formats.make_samples import pdf

SAMPLES = Path(__file__).parents[1] / "data" / "formats"
PDF = (SAMPLES / "sample.pdf").read_bytes()
DOCX = (SAMPLES / "sample.docx").read_bytes()
XLSX = (SAMPLES / "sample.xlsx").read_bytes()


def outcome(data: bytes, name: str) -> str:
    try:
        return read(data, name).text
    except UnreadableDocument as error:
        return str(error) if repr(name) in str(error) else ""


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


def test_a_pdf_that_is_called_text_is_read_as_a_pdf() -> None:
    assert "parcel" in read(PDF, "letter.txt").text


def test_a_pdf_that_is_none_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match=r"'a\.pdf'.*name says PDF, but its content is not that"):
        read(b"just some words", "a.pdf")


def test_a_page_that_is_called_text_is_read_as_a_page() -> None:
    assert read(b"<!DOCTYPE html><p>Hello <b>there</b>.</p>", "a.txt").text == "Hello there."


def test_an_unknown_format_is_refused_with_the_way_out() -> None:
    with pytest.raises(UnreadableDocument, match=r"\.xyz format.*documents\.tika_url"):
        read(b"\x00\x01\x02\x03" * 50, "a.xyz")


def test_an_archive_of_documents_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="one by one"):
        read(zipped(a=b"words"), "all.zip")


def test_an_encrypted_pdf_is_refused_as_such() -> None:
    trailer = b"/Root 1 0 R/Encrypt<</Filter/Standard/V 1/R 2/O(%s)/U(%s)/P -4>>/ID[(aaaaaaaaaaaaaaaa)(b)]"
    locked = PDF.replace(b"/Root 1 0 R", trailer % (b"o" * 32, b"u" * 32))
    with pytest.raises(UnreadableDocument, match="encrypted; upload it without a password"):
        read(locked, "a.pdf")


def test_an_encrypted_archive_is_refused_as_such() -> None:
    locked = bytearray(DOCX)
    place = locked.find(b"PK\x01\x02")
    while place >= 0:
        locked[place + 8] |= 1
        place = locked.find(b"PK\x01\x02", place + 4)
    with pytest.raises(UnreadableDocument, match="encrypted"):
        read(bytes(locked), "a.docx")


def test_a_pdf_of_pictures_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "is_installed", lambda: False)
    blank = PDF.replace(b" Tj ET", b" pop ET")
    with pytest.raises(UnreadableDocument, match="install the ocr extra"):
        read(blank, "scan.pdf")


def test_a_picture_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "is_installed", lambda: False)
    with pytest.raises(UnreadableDocument, match="install the ocr extra"):
        read((SAMPLES / "sample.png").read_bytes(), "scan.png")


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = zipped(word__document_xml=b"\0" * 60_000_000)
    with pytest.raises(UnreadableDocument, match="archive bomb"):
        read(bomb, "a.docx")


def test_a_member_that_lies_about_its_size_is_refused() -> None:
    lying = bytearray(XLSX)
    place = lying.find(b"PK\x01\x02")
    lying[place + 24 : place + 28] = (5).to_bytes(4, "little")
    with pytest.raises(UnreadableDocument, match="damaged"):
        read(bytes(lying), "a.xlsx")


def test_laughs_are_not_multiplied() -> None:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "lol">{levels}]><x>&a9;</x>'
    with pytest.raises(UnreadableDocument, match="entities"):
        read(bomb.encode(), "a.xml")


def test_a_file_of_this_machine_is_never_read_in() -> None:
    sly = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'
    with pytest.raises(UnreadableDocument):
        read(sly, "a.xml")


@pytest.mark.parametrize("name", ["a.html", "a.xml", "a.json", "a.md", "a.rst", "a.org"])
def test_deep_nesting_is_read_or_refused(name: str) -> None:
    deep = {
        "a.html": b"<div>" * 50_000 + b"deep",
        "a.xml": b"<a>" * 50_000 + b"deep" + b"</a>" * 50_000,
        "a.json": b"[" * 50_000 + b"1" + b"]" * 50_000,
        "a.md": b"> " * 20_000 + b"deep",
        "a.rst": b" " * 20_000 + b"deep",
        "a.org": b"*" * 20_000 + b" deep",
    }
    assert outcome(deep[name], name)


def test_messages_within_messages_end_at_the_third() -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = "level 9", "a@example.com"
    message.set_content("the innermost")
    for level in range(8, -1, -1):
        outer = EmailMessage()
        outer["Subject"], outer["From"] = f"level {level}", "a@example.com"
        outer.set_content(f"words {level}")
        outer.add_attachment(message)
        message = outer
    text = read(message.as_bytes(), "a.eml").text
    assert "words 2" in text
    assert "words 3" not in text


def test_a_broken_attachment_does_not_cost_the_message() -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = "Hello", "a@example.com"
    message.set_content("The words of the message.")
    message.add_attachment(b"%PDF-1.4 nothing", maintype="application", subtype="pdf", filename="x.pdf")
    assert "The words of the message." in read(message.as_bytes(), "a.eml").text


def test_an_encrypted_message_is_refused() -> None:
    sealed = b"From: a@example.com\nMIME-Version: 1.0\nContent-Type: application/pkcs7-mime\n\nAAAA"
    with pytest.raises(UnreadableDocument, match="encrypted"):
        read(sealed, "a.eml")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\0b.txt", "x" * 5000 + ".txt", "con:\\aux.txt", "\u202etxt.exe", "", "."]
)
def test_a_hostile_name_is_only_data(name: str) -> None:
    assert read(b"Some words.", name).text == "Some words."
    with pytest.raises(UnreadableDocument) as caught:
        read(b"", name)
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


def test_too_many_characters_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MAX_CHARACTERS", 1000)
    with pytest.raises(TooLarge, match="1000 characters"):
        read(b"word " * 500, "a.txt")


def test_too_many_pages_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MAX_PAGES", 2)
    with pytest.raises(TooLarge, match="2 pages"):
        read(b"page\fpage\fpage", "a.txt")


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "cp1252"],
)
def test_text_is_read_in_every_encoding(encoding: str) -> None:
    words = "Grüße aus Köln – “drei” Bücher für 5 €, bitte schön."
    assert read(words.encode(encoding), "a.txt").text == words


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        ("Вы можете вернуть посылку в течение тридцати дней после получения.", "cp1251"),
        ("返品は商品の到着後三十日以内にお願いいたします。送料はお客様のご負担です。", "shift_jis"),
    ],
)
def test_other_alphabets_are_guessed(words: str, encoding: str) -> None:
    assert read(words.encode(encoding), "a.txt").text == words


def test_a_decomposed_letter_is_composed() -> None:
    assert read("Cafe\u0301".encode(), "a.txt").text == "Café"


def test_the_encoding_a_page_claims_is_believed() -> None:
    page = "<html><head><meta charset='iso-8859-2'></head><body><p>Zażółć gęślą jaźń</p></body></html>"
    assert read(page.encode("iso-8859-2"), "a.html").text == "Zażółć gęślą jaźń"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    table = "\n".join(delimiter.join(row) for row in (("Plan", "Price"), ("Basic", "5"), ("Pro", "9")))
    assert read(table.encode(), "a.csv").text.endswith("Plan: Pro; Price: 9")


def test_csv_quotes_hold_delimiters_and_line_breaks() -> None:
    assert read(b'Name,Note\nAnn,"one, two\nthree"\n', "a.csv").text == "Name: Ann; Note: one, two three"


def test_a_table_of_numbers_has_no_header() -> None:
    assert read(b"1,2\n3,4\n", "a.csv").text == "1; 2\n3; 4"


def test_sniffing_an_empty_document_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match=r"'a\.txt' could not be read: the file is empty"):
        sniff(b"", "a.txt")


def test_code_keeps_its_lines() -> None:
    assert read(b"# Setup\n\n```\nmake\n  install\n```\n", "a.md").text == "make\n  install"


def test_running_heads_of_a_pdf_are_dropped() -> None:
    body = "Every page of this manual says something that no other page says, and this one speaks about part "
    pages: list[list[tuple[float, float, float, str]]] = [
        [(72, 810, 9, "Acme Manual"), (72, 600, 11, f"{body}{n}."), (290, 20, 9, f"Page {n}")]
        for n in range(1, 6)
    ]
    read_back = read(pdf(pages), "manual.pdf")
    assert "Acme Manual" not in read_back.text
    assert "Page 3" not in read_back.text
    assert [part.page for part in read_back.sections] == [1, 2, 3, 4, 5]
