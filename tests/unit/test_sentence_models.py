"""Loading and running models through sentence-transformers, on models made on the spot."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core import torch_models
from core.cross_encoder import CrossEncoderReranker
from core.errors import Misconfigured, SearchUnavailable
from core.sentence_models import Prompts, SentenceEmbedder
from core.torch_models import TorchOptions
from tests.services.tiny_models import (
    CORPUS,
    MODELS_EXTRA,
    REACH,
    make_cross_encoder,
    make_embedder,
    minilm,
    need,
)

pytestmark = pytest.mark.anyio

FULL = TorchOptions(precision="float32")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A bi-encoder with prompts of its own."""
    return make_embedder(tmp_path_factory.mktemp("models") / "tiny")


async def asked_and_told(embedder: SentenceEmbedder, text: str = "lamps") -> float:
    """The cosine between a text as a question and as a passage."""
    return float(await embedder.embed_query(text) @ (await embedder.embed_passages([text]))[0])


async def test_the_models_own_prompts_part_questions_from_passages(folder: str) -> None:
    assert await asked_and_told(SentenceEmbedder(folder, FULL)) < 0.999


async def test_without_prompts_a_question_is_as_good_as_a_passage(tmp_path: Path) -> None:
    embedder = SentenceEmbedder(make_embedder(tmp_path / "plain", prompts={}), FULL)
    assert await asked_and_told(embedder) == pytest.approx(1)


async def test_prompts_given_take_the_place_of_the_models_own(folder: str) -> None:
    embedder = SentenceEmbedder(folder, FULL, prompts=Prompts(query="told : "))
    assert await asked_and_told(embedder) == pytest.approx(1)
    given = SentenceEmbedder(folder, FULL, prompts=Prompts(query="told : ", passage="ask : "))
    own = SentenceEmbedder(folder, FULL)
    assert np.allclose(await given.embed_query("lamps"), (await own.embed_passages(["lamps"]))[0], atol=1e-5)


def test_other_passage_prompts_are_another_model_to_the_index(folder: str) -> None:
    own, asked, told, other = (
        SentenceEmbedder(folder, FULL, prompts=prompts).name.partition("@")[0]
        for prompts in (
            Prompts(),
            Prompts(query="ask : "),
            Prompts(passage="told : "),
            Prompts(passage="say : "),
        )
    )
    assert own == asked == "tiny"
    assert len({own, told, other}) == 3


async def test_batches_by_length_give_the_vectors_that_each_text_has_alone(folder: str) -> None:
    texts = [*CORPUS, "", "lamps", *("parcel " * count for count in (1, 40, 7, 200, 3))]
    together = await SentenceEmbedder(folder, FULL).embed_passages(texts)
    by_few = SentenceEmbedder(folder, TorchOptions(precision="float32", batch_characters=60))
    assert np.allclose(together, await by_few.embed_passages(texts), atol=1e-5)
    alone = [(await by_few.embed_passages([text]))[0] for text in texts]
    assert np.allclose(together, alone, atol=1e-5)


async def test_text_beyond_the_reach_counts_for_nothing(folder: str) -> None:
    embedder = SentenceEmbedder(folder, FULL)
    assert embedder.max_tokens == REACH
    short, long = await embedder.embed_passages(["lamps " * 70, "lamps " * 70 + "parcels " * 500])
    assert short @ long == pytest.approx(1, abs=1e-5)
    (tokens,) = await embedder.embed_tokens(["lamps " * 500])
    assert len(tokens.places) == REACH - 2


async def test_sixteen_bits_point_the_same_way() -> None:
    texts = ["How long does a refund take?", *CORPUS, "Card payments take three working days. " * 20]
    whole = await SentenceEmbedder(minilm(), FULL).embed_passages(texts)
    half = await SentenceEmbedder(minilm(), TorchOptions(precision="bfloat16")).embed_passages(texts)
    assert float((whole * half).sum(axis=1).min()) > 0.999


async def test_tokens_begin_at_their_first_letter_where_the_tokenizer_counts_the_space(
    tmp_path: Path,
) -> None:
    embedder = SentenceEmbedder(make_embedder(tmp_path / "bytes", counts_spaces=True))
    text = "Unused lamps\n\n can be  returned"
    (tokens,) = await embedder.embed_tokens([text])
    spelt = [text[start:end] for start, end in tokens.places]
    assert "".join(spelt) == text.replace(" ", "").replace("\n", "")
    assert len(tokens.vectors) == len(spelt)


@pytest.mark.parametrize("hostile", ["\ud800 half", "\x00", "🙂" * 300, "[SEP][CLS]", "\u202e", "ﷺ" * 90])
async def test_any_text_can_be_embedded(folder: str, hostile: str) -> None:
    embedder = SentenceEmbedder(folder)
    assert np.isfinite(await embedder.embed_passages([hostile, "lamps"])).all()
    assert np.isfinite(await embedder.embed_query(hostile)).all()
    (tokens,) = await embedder.embed_tokens([hostile])
    assert (tokens.places[:, 1] <= len(hostile)).all()
    assert embedder.count_tokens(hostile) >= 0


async def test_counting_and_embedding_at_once_do_not_meet(folder: str) -> None:
    embedder = SentenceEmbedder(folder, TorchOptions(batch_characters=100))
    book = asyncio.create_task(embedder.embed_passages(list(CORPUS) * 40))
    counts = [await asyncio.to_thread(embedder.count_tokens, "lamps " * 100) for _ in range(50)]
    assert set(counts) == {100}
    assert len(await book) == 160


async def test_a_book_taken_back_is_not_embedded_to_its_end(folder: str) -> None:
    embedder = SentenceEmbedder(folder, TorchOptions(batch_characters=1))
    book = asyncio.create_task(embedder.embed_passages(list(CORPUS) * 500))
    await embedder.embed_query("lamps")
    book.cancel()
    with pytest.raises(asyncio.CancelledError):
        await book
    assert embedder._thread._work_queue.qsize() <= 1


async def test_a_device_out_of_memory_is_a_fault_that_may_pass(folder: str) -> None:
    import torch  # noqa: PLC0415 - the models extra may be missing

    embedder = SentenceEmbedder(folder)
    encode = embedder._model.encode_document

    def full(*arguments: object, **named: object) -> object:
        raise torch.OutOfMemoryError("no room for the words of a customer")

    embedder._model.encode_document = full
    with pytest.raises(SearchUnavailable, match="OutOfMemoryError") as caught:
        await embedder.embed_passages(["lamps"])
    assert "customer" not in str(caught.value)
    embedder._model.encode_document = encode
    assert len(await embedder.embed_passages(["lamps"])) == 1


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_models, "find_spec", lambda name: None)
    for make in (SentenceEmbedder, CrossEncoderReranker):
        with pytest.raises(Misconfigured, match=r"pip install 'frontdesk\[models\]'"):
            make("BAAI/bge-m3")


@pytest.mark.parametrize("model", ["/no/such/folder", "no-such/model", "nosuchmodel", "a/b/c"])
def test_a_missing_model_is_refused_with_the_setting_that_names_it(model: str) -> None:
    need(*MODELS_EXTRA)
    with pytest.raises(Misconfigured, match=f"'{model}'.*FRONTDESK_EMBEDDER__MODEL"):
        SentenceEmbedder(model)
    with pytest.raises(Misconfigured, match=f"'{model}'.*FRONTDESK_RERANKER__MODEL"):
        CrossEncoderReranker(model)


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    broken = make_embedder(tmp_path / "broken")
    weights = Path(broken) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(Misconfigured, match="broken"):
        SentenceEmbedder(broken)
    with pytest.raises(Misconfigured, match="empty"):
        SentenceEmbedder(str(tmp_path / "empty"))


@pytest.mark.parametrize("device", ["quantum", "cuda:99"])
def test_a_device_that_is_not_there_is_refused_with_the_one_that_is(folder: str, device: str) -> None:
    with pytest.raises(Misconfigured, match=f"'{device}'.*FRONTDESK_EMBEDDER__DEVICE"):
        SentenceEmbedder(folder, TorchOptions(device=device))


def test_an_embedder_is_no_reranker_nor_the_other_way_round(folder: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no reranker: it gives 0 scores"):
        CrossEncoderReranker(folder)
    with pytest.raises(Misconfigured, match="no reranker: it gives 3 scores"):
        CrossEncoderReranker(make_cross_encoder(tmp_path / "three", scores=3))
    with pytest.raises(Misconfigured, match=r"cross-encoder.*FRONTDESK_RERANKER__MODEL"):
        SentenceEmbedder(make_cross_encoder(tmp_path / "one"))


def test_threads_are_as_set(folder: str) -> None:
    import torch  # noqa: PLC0415 - the models extra may be missing

    before = torch.get_num_threads()
    try:
        SentenceEmbedder(folder, TorchOptions(threads=1))
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_a_name_is_found_where_the_hub_keeps_its_files(folder: str, tmp_path: Path) -> None:
    """In a process of its own: the hub's library reads where that is when it is imported."""
    kept = tmp_path / "hub" / "models--frontdesk--tiny"
    shutil.copytree(folder, kept / "snapshots" / ("0" * 40))
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("0" * 40)
    program = (
        "import asyncio; from core.sentence_models import SentenceEmbedder;"
        "embedder = SentenceEmbedder('frontdesk/tiny');"
        "print(embedder.name, asyncio.run(embedder.embed_query('lamps')).shape)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.stdout.strip() == "frontdesk/tiny@sentence-transformers (32,)", ran.stderr
