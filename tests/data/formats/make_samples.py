"""Makes the samples beside it: one document, the same words, in every format.

Run it from the repository root: python tests/data/formats/make_samples.py
"""

import io
import json
import struct
import sys
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

TITLE = "Returns"
SUBTITLE = "Deadlines"
SENTENCE = "You may send a parcel back within thirty days of the day it reached you."
ITEMS = ("Keep the receipt", "Use the label in the box")
TABLE = (("Plan", "Price"), ("Basic", "5 EUR"), ("Premium", "9 EUR"), ("Family", "14 EUR"))
FOLDER = Path(__file__).parent


def text() -> str:
    rows = "\n".join(f"Plan: {plan}; Price: {price}" for plan, price in TABLE[1:])
    items = "\n".join(f"- {item}" for item in ITEMS)
    wrapped = SENTENCE.replace("thirty days", "thirty\ndays")
    return f"{TITLE}\n\n{SUBTITLE}\n\n{wrapped}\n\n{items}\n\n{rows}\n"


def markdown() -> str:
    rows = "\n".join(f"| {a} | {b} |" for a, b in TABLE[1:])
    items = "\n".join(f"* {item}" for item in ITEMS)
    front = "---\ntitle: hidden\n---\n"
    table = f"| Plan | Price |\n|---|---|\n{rows}\n"
    return f"{front}# {TITLE}\n\n## {SUBTITLE}\n\n{SENTENCE}\n\n{items}\n\n{table}"


def rst() -> str:
    items = "\n".join(f"- {item}" for item in ITEMS)
    return f"{TITLE}\n=======\n\n{SUBTITLE}\n---------\n\n{SENTENCE}\n\n{items}\n"


def org() -> str:
    items = "\n".join(f"- {item}" for item in ITEMS)
    rows = "\n".join(f"| {a} | {b} |" for a, b in TABLE[1:])
    return f"* {TITLE}\n** {SUBTITLE}\n{SENTENCE}\n\n{items}\n\n| Plan | Price |\n|---+---|\n{rows}\n"


def html() -> str:
    rows = "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in TABLE[1:])
    items = "".join(f"<li>{item}</li>" for item in ITEMS)
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><title>Shop</title>'
        "<script>var hidden = 1;</script></head><body><nav>Home | Cart</nav>"
        f"<h1>{TITLE}</h1><h2>{SUBTITLE}</h2><p>{SENTENCE}</p><ul>{items}</ul>"
        f"<table><tr><th>Plan</th><th>Price</th></tr>{rows}</table>"
        "<footer>Imprint</footer></body></html>"
    )


def rtf() -> bytes:
    rows = "".join(f"\\trowd {a}\\cell {b}\\cell\\row\n" for a, b in TABLE)
    items = "".join(f"\\pard - {item}\\par\n" for item in ITEMS)
    return (
        "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}\n"
        f"\\pard\\outlinelevel0 {TITLE}\\par\n\\pard\\outlinelevel1 {SUBTITLE}\\par\n"
        f"\\pard {SENTENCE}\\par\n{items}\\pard\n{rows}}}"
    ).encode("ascii")


def csv(delimiter: str) -> str:
    return "\n".join(delimiter.join(row) for row in TABLE) + "\n"


def records() -> str:
    rows = [{"Plan": plan, "Price": price} for plan, price in TABLE[1:]]
    return json.dumps({"title": TITLE, "terms": SENTENCE, "plans": rows}, indent=1)


def xml() -> str:
    rows = "".join(f"<row><Plan>{a}</Plan><Price>{b}</Price></row>" for a, b in TABLE[1:])
    return f'<?xml version="1.0"?><shop><title>{TITLE}</title><terms>{SENTENCE}</terms>{rows}</shop>'


def mail() -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = TITLE, "shop@example.com", "you@example.com"
    message["Date"] = "Mon, 02 Jun 2025 10:00:00 +0000"
    message["MIME-Version"] = "1.0"
    message.set_content(SENTENCE + "\n")
    message.add_alternative(f"<p>{SENTENCE}</p>", subtype="html")
    message.add_attachment(csv(",").encode(), maintype="text", subtype="csv", filename="plans.csv")
    return message.as_bytes()


def docx() -> bytes:
    from docx import Document  # noqa: PLC0415

    document = Document()
    document.sections[0].header.paragraphs[0].text = "Letterhead"
    document.add_heading(TITLE, 1)
    document.add_heading(SUBTITLE, 2)
    document.add_paragraph(SENTENCE)
    for item in ITEMS:
        document.add_paragraph(item, style="List Bullet")
    table = document.add_table(rows=0, cols=2)
    for row in TABLE:
        for cell, words in zip(table.add_row().cells, row, strict=True):
            cell.text = words
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def pptx() -> bytes:
    from pptx import Presentation  # noqa: PLC0415
    from pptx.util import Inches  # noqa: PLC0415

    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Welcome"
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = TITLE
    frame = slide.shapes.add_textbox(0, Inches(1), Inches(6), Inches(1)).text_frame
    frame.text = SENTENCE
    area = (Inches(1), Inches(3), Inches(5), Inches(2))
    table = slide.shapes.add_table(len(TABLE), 2, *area).table
    for number, row in enumerate(TABLE):
        table.cell(number, 0).text, table.cell(number, 1).text = row
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    stream = io.BytesIO()
    deck.save(stream)
    return stream.getvalue()


def xlsx() -> bytes:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # noqa: PLC0415

    stream = io.BytesIO()
    with Workbook(stream) as book:
        sheet = book.add_worksheet(TITLE)
        sheet.write(0, 0, SENTENCE)
        for number, row in enumerate(TABLE, start=2):
            sheet.write_row(number, 0, row)
    return stream.getvalue()


def xls() -> bytes:
    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def label(row: int, column: int, words: str) -> bytes:
        return record(0x0204, struct.pack("<HHHHB", row, column, 0, len(words), 0) + words.encode("latin-1"))

    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0x07CC, 0, 6))
    name = struct.pack("<BB", len(TITLE), 0) + TITLE.encode()
    end = record(0x000A, b"")
    place = len(begin) + 4 + 6 + len(name) + len(end)
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0x07CC, 0, 6)) + label(0, 0, SENTENCE)
    for number, row in enumerate(TABLE, start=2):
        sheet += b"".join(label(number, column, words) for column, words in enumerate(row))
    book = begin + record(0x0085, struct.pack("<IBB", place, 0, 0) + name) + end + sheet + end
    return compound({"Workbook": book})


def doc() -> bytes:
    paragraphs = [(TITLE, "\r", 1, b""), (SUBTITLE, "\r", 2, b""), (SENTENCE, "\r", 0, b"")]
    in_list, in_table, row_end = b"\x0b\x46\x01\x00", b"\x16\x24\x01", b"\x16\x24\x01\x17\x24\x01"
    paragraphs += [(item, "\r", 0, in_list) for item in ITEMS]
    for row in TABLE:
        paragraphs += [(words, "\x07", 0, in_table) for words in row] + [("", "\x07", 0, row_end)]
    start, page = 0x600, bytearray(512)
    words, ends, bottom = b"", [start], 510
    for number, (line, mark, style, changes) in enumerate(paragraphs):
        words += (line + mark).encode("cp1252")
        ends.append(start + len(words))
        value = struct.pack("<H", style) + changes
        stored = bytes([0, len(value) // 2]) if len(value) % 2 == 0 else bytes([(len(value) + 1) // 2])
        stored += value
        bottom -= len(stored) + len(stored) % 2
        page[bottom : bottom + len(stored)] = stored
        page[4 * (len(paragraphs) + 1) + 13 * number] = bottom // 2
    struct.pack_into(f"<{len(ends)}I", page, 0, *ends)
    page[511] = len(paragraphs)
    pieces = struct.pack("<II", 0, len(words)) + struct.pack("<HIH", 0, start * 2 | 0x40000000, 0)
    clx = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    places = struct.pack("<III", start, ends[-1], 0xE00 // 512)
    main = bytearray(0xE00) + page
    struct.pack_into("<HH", main, 0, 0xA5EC, 0x00C1)
    struct.pack_into("<H", main, 0x0A, 0x0200)
    struct.pack_into("<I", main, 0x4C, len(words))
    struct.pack_into("<II", main, 0x102, 0, len(places))
    struct.pack_into("<II", main, 0x1A2, len(places), len(clx))
    main[start : start + len(words)] = words
    return compound({"WordDocument": bytes(main), "1Table": places + clx})


def compound(streams: dict[str, bytes]) -> bytes:
    """An OLE compound file; every stream is padded to be too large for the mini stream."""
    sectors: list[bytes] = []
    entries, chains = [], []
    for name, content in streams.items():
        data = content.ljust(max(4096, len(content) + -len(content) % 512), b"\0")
        first = len(sectors) + 2
        sectors += [data[place : place + 512] for place in range(0, len(data), 512)]
        chains.append((first, len(data) // 512))
        entries.append((name, first, len(data)))
    fat = [0xFFFFFFFD, 0xFFFFFFFE]
    for first, count in chains:
        fat += [*range(first + 1, first + count), 0xFFFFFFFE]
    fat += [0xFFFFFFFF] * (128 - len(fat))

    def entry(name: str, kind: int, siblings: tuple[int, int], start: int, size: int) -> bytes:
        label = name.encode("utf-16-le") + b"\0\0"
        right, child = siblings
        head = label.ljust(64, b"\0") + struct.pack("<HBBIII", len(label), kind, 1, 0xFFFFFFFF, right, child)
        return head + b"\0" * 36 + struct.pack("<IQ", start, size)

    none = 0xFFFFFFFF
    folder = entry("Root Entry", 5, (none, 1), 0xFFFFFFFE, 0)
    for number, (name, first, size) in enumerate(entries, start=1):
        after = number + 1 if number < len(entries) else none
        folder += entry(name, 2, (after, none), first, size)
    folder = folder.ljust(512, b"\0")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    head += struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0
    )
    head += struct.pack("<I", 0) + b"\xff" * 432
    return head + struct.pack("<128I", *fat) + folder + b"".join(sectors)


def pdf(pages: Sequence[Sequence[tuple[float, float, float, str]]]) -> bytes:
    """A PDF of lines of text, each given as left, bottom, size and words."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    objects.append(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
    kids = []
    for lines in pages:
        drawn = "".join(f"BT /F1 {size} Tf {x} {y} Td ({words}) Tj ET\n" for x, y, size, words in lines)
        stream = drawn.encode("cp1252")
        objects.append(b"<</Length %d>>\nstream\n%s\nendstream" % (len(stream), stream))
        box = b"/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>"
        objects.append(b"<</Type/Page/Parent 2 0 R%s/Contents %d 0 R>>" % (box, len(objects)))
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (
            size,
            table,
            size,
            len(out),
        )
    )


def pdf_sample() -> bytes:
    first, second = SENTENCE.split("thirty ")
    page: list[tuple[float, float, float, str]] = [
        (72, 760, 22, TITLE),
        (72, 720, 16, SUBTITLE),
        (72, 690, 11, first + "thir-"),
        (72, 676, 11, "ty " + second),
        (72, 640, 11, "\\225 " + ITEMS[0]),
        (72, 626, 11, "\\225 " + ITEMS[1]),
    ]
    for number, (plan, price) in enumerate(TABLE):
        page += [(72, 590 - 14 * number, 11, plan), (250, 590 - 14 * number, 11, price)]
    intro = "This handbook tells customers what they can expect from the shop and from its people."
    return pdf([[(72, 690, 11, intro)], page])


def opendocument(kind: str, body: str) -> bytes:
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{place}:1.0"'
        for name, place in {
            "office": "office",
            "text": "text",
            "table": "table",
            "draw": "drawing",
            "presentation": "presentation",
        }.items()
    )
    inner = f"<office:body>{body}</office:body>"
    content = f'<?xml version="1.0"?><office:document-content{names}>{inner}</office:document-content>'
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    place = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entry = f'<m:file-entry m:full-path="/" m:media-type="{mimetype}"/>'
    manifest = f'<?xml version="1.0"?><m:manifest xmlns:m="{place}">{entry}</m:manifest>'
    return packed(mimetype, {"content.xml": content, "META-INF/manifest.xml": manifest})


def packed(mimetype: str, members: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", mimetype, zipfile.ZIP_STORED)
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def open_table() -> str:
    def cell(words: str) -> str:
        return f'<table:table-cell office:value-type="string"><text:p>{words}</text:p></table:table-cell>'

    rows = "".join(f"<table:table-row>{cell(a)}{cell(b)}</table:table-row>" for a, b in TABLE)
    return f'<table:table table:name="{TITLE}">{rows}</table:table>'


def odt() -> bytes:
    items = "".join(f"<text:list-item><text:p>{item}</text:p></text:list-item>" for item in ITEMS)
    return opendocument(
        "text",
        f'<office:text><text:h text:outline-level="1">{TITLE}</text:h>'
        f'<text:h text:outline-level="2">{SUBTITLE}</text:h><text:p>{SENTENCE}</text:p>'
        f"<text:list>{items}</text:list>{open_table()}</office:text>",
    )


def odp() -> bytes:
    def frame(words: str, kind: str) -> str:
        box = f"<draw:text-box><text:p>{words}</text:p></draw:text-box>"
        return f'<draw:frame presentation:class="{kind}">{box}</draw:frame>'

    slides = f"<draw:page>{frame('Welcome', 'title')}</draw:page>"
    slides += f"<draw:page>{frame(TITLE, 'title')}{frame(SENTENCE, 'outline')}</draw:page>"
    return opendocument("presentation", f"<office:presentation>{slides}</office:presentation>")


def epub() -> bytes:
    container = '<container><rootfiles><rootfile full-path="book/main.opf"/></rootfiles></container>'
    package = (
        "<package><metadata><title>Handbook</title></metadata><manifest>"
        '<item id="a" href="terms%20one.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    )
    members = {"META-INF/container.xml": container, "book/main.opf": package, "book/terms one.xhtml": html()}
    return packed("application/epub+zip", members)


def picture(kind: str) -> bytes:
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    image = Image.new("RGB", (1100, 160), "white")
    ImageDraw.Draw(image).text((20, 50), SENTENCE, fill="black", font=ImageFont.load_default(26))
    stream = io.BytesIO()
    image.convert("L").save(stream, kind, **({"compression": "tiff_lzw"} if kind == "TIFF" else {}))
    return stream.getvalue()


def samples() -> dict[str, bytes]:
    """Every sample, by the ending of its name."""
    written = {
        "txt": text(),
        "md": markdown(),
        "rst": rst(),
        "org": org(),
        "html": html(),
        "csv": csv(","),
        "tsv": csv("\t"),
        "json": records(),
        "xml": xml(),
        "jsonl": "\n".join(json.dumps({"Plan": a, "Price": b, "terms": SENTENCE}) for a, b in TABLE[1:]),
    }
    return {ending: content.encode("utf-8") for ending, content in written.items()} | {
        "rtf": rtf(),
        "eml": mail(),
        "docx": docx(),
        "pptx": pptx(),
        "xlsx": xlsx(),
        "xls": xls(),
        "doc": doc(),
        "pdf": pdf_sample(),
        "odt": odt(),
        "odp": odp(),
        "ods": opendocument("spreadsheet", f"<office:spreadsheet>{open_table()}</office:spreadsheet>"),
        "epub": epub(),
        "png": picture("PNG"),
        "jpg": picture("JPEG"),
        "tiff": picture("TIFF"),
    }


if __name__ == "__main__":
    for ending, content in samples().items():
        (FOLDER / f"sample.{ending}").write_bytes(content)
    sys.exit(0)
