"""`Readers`: whatever a document does to its reader, the desk gets an answer and goes on."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from core.errors import TooLarge, Unavailable, UnreadableDocument
from core.formats import ocr
from core.reading import Readers

pytestmark = pytest.mark.anyio

MISBEHAVING = "tests.unit.misbehaving:read"
ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "data" / "formats"


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    """Readers of documents that say what is to go wrong."""
    made = Readers(timeout_s=1.5, memory_mb=200, tika_url="http://tika", reader=MISBEHAVING)
    yield made
    await made.close()


@pytest.fixture
async def real() -> AsyncIterator[Readers]:
    """Readers as the desk has them."""
    made = Readers(timeout_s=60)
    yield made
    await made.close()


async def test_a_document_is_read_in_a_child_that_stays(readers: Readers) -> None:
    first = await readers.read(b"fine", "a.bin")
    again = await readers.read(b"fine", "a.bin")
    assert first == again
    assert not first.text.startswith(f"{os.getpid()} ")
    assert (first.sections[0].heading, first.sections[0].page) == (("A", "B"), 3)


async def test_a_reader_that_hangs_is_given_up(readers: Readers) -> None:
    with pytest.raises(UnreadableDocument, match=r"'a\.bin' took longer than 1\.5 s to read"):
        await readers.read(b"hang", "a.bin")
    assert (await readers.read(b"fine", "b.bin")).text.endswith("read b.bin")


@pytest.mark.parametrize("fault", [b"die", b"crash"])
async def test_a_reader_that_dies_refuses_only_its_document(readers: Readers, fault: bytes) -> None:
    with pytest.raises(UnreadableDocument, match=r"'a\.bin' could not be read: the reader died"):
        await readers.read(fault, "a.bin")
    assert (await readers.read(b"fine", "b.bin")).text.endswith("read b.bin")


@pytest.mark.parametrize("fault", [b"grow", b"allocate"])
async def test_a_reader_that_eats_memory_is_stopped(readers: Readers, fault: bytes) -> None:
    with pytest.raises(UnreadableDocument, match=r"'a\.bin' needs more than 200 MB of memory"):
        await readers.read(fault, "a.bin")
    assert (await readers.read(b"fine", "b.bin")).text.endswith("read b.bin")


async def test_what_a_reader_prints_is_no_answer(readers: Readers) -> None:
    assert (await readers.read(b"print", "a.bin")).text.endswith("read a.bin")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(b"too-large", TooLarge), (b"unreadable", UnreadableDocument), (b"unavailable", Unavailable)],
)
async def test_an_error_comes_back_as_the_same_class(
    readers: Readers, fault: bytes, kind: type[Exception]
) -> None:
    with pytest.raises(kind) as caught:
        await readers.read(fault, "a.bin")
    assert type(caught.value) is kind


async def test_a_cancelled_read_stops_its_child(readers: Readers, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    reading = asyncio.create_task(readers.read(f"mark {mark}".encode(), "a.bin"))
    pid = await appeared(mark)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not psutil.pid_exists(pid)


async def test_children_end_when_the_desk_is_killed(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    script = (
        "import asyncio, sys; from core.reading import Readers; "
        f"asyncio.run(Readers(reader={MISBEHAVING!r}).read(b'mark {mark}', 'a.bin'))"
    )
    desk = await asyncio.create_subprocess_exec(sys.executable, "-c", script, cwd=ROOT)
    pid = await appeared(mark)
    desk.send_signal(signal.SIGKILL)
    await desk.wait()
    await until(lambda: not is_running(pid), "the child outlived its parent")


async def test_documents_are_read_side_by_side_up_to_the_limit() -> None:
    readers = Readers(readers=2, timeout_s=30, reader=MISBEHAVING)
    found = await asyncio.gather(*(readers.read(b"fine", f"{n}.bin") for n in range(12)))
    await readers.close()
    assert len({extract.text.split()[0] for extract in found}) <= 2


async def test_closing_ends_the_children(readers: Readers) -> None:
    pid = int((await readers.read(b"fine", "a.bin")).text.split()[0])
    await readers.close()
    assert not psutil.pid_exists(pid)


async def test_small_texts_are_read_without_a_child(real: Readers) -> None:
    before = set(psutil.Process().children())
    begin = time.perf_counter()
    for number in range(300):
        extract = await real.read(b"# Returns\n\nWithin thirty days.", f"{number}.md")
    assert extract.sections[0].heading == ("Returns",)
    assert set(psutil.Process().children()) <= before
    assert time.perf_counter() - begin < 3


@pytest.mark.parametrize("ending", ["pdf", "docx", "xlsx", "eml"])
async def test_a_real_document_is_read_in_a_child(real: Readers, ending: str) -> None:
    data = (SAMPLES / f"sample.{ending}").read_bytes()
    assert "within thirty days" in (await real.read(data, f"sample.{ending}")).text


async def test_a_picture_is_read_within_the_memory_limit(real: Readers) -> None:
    if not ocr.is_installed():
        pytest.skip("the ocr extra is not installed")
    data = (SAMPLES / "sample.png").read_bytes()
    assert "within thirty days" in (await real.read(data, "sample.png")).text


async def appeared(mark: Path) -> int:
    """The process id a child wrote, once it has."""
    await until(lambda: mark.exists() and bool(mark.read_text()), "the child never started")
    return await asyncio.to_thread(lambda: int(mark.read_text()))


async def until(claim: Callable[[], bool], otherwise: str) -> None:
    """Waits for the claim to come true."""
    for _ in range(1000):
        if await asyncio.to_thread(claim):
            return
        await asyncio.sleep(0.02)
    pytest.fail(otherwise)


def is_running(pid: int) -> bool:
    """Whether the process lives; one that only waits to be collected does not."""
    try:
        return str(psutil.Process(pid).status()) != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
