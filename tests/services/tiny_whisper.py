"""A Whisper model made on the spot, in the shape of a real one; it hears one sentence in every sound.

Its weights are written by hand: each token's embedding points in a direction of its own, and the projection
takes that direction to the token that follows. Nothing of the sound comes in, but it goes all the way.
"""

import itertools

# ruff: noqa: PLC0415 - the speech extra may be missing
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SENTENCE = "where is my order"
LANGUAGES = ("en", "zh", "de", "es", "ru", "ko", "fr")
"""The first of Whisper's languages, in the order of its vocabulary."""
WIDTH, MELS, TEXTS = 32, 80, 50257
STRENGTH = 10.0


def vocabulary() -> list[str]:
    """Whisper's: texts, marks, languages, tasks and times, 51,866 in all, as in large-v3."""
    texts = [f"w{number}" for number in range(TEXTS - len(SENTENCE.split()))] + SENTENCE.split()
    languages = [*LANGUAGES, *(f"x{number}" for number in range(100 - len(LANGUAGES)))]
    marks = [
        "endoftext",
        "startoftranscript",
        *languages,
        "translate",
        "transcribe",
        "startoflm",
        "startofprev",
    ]
    marks += ["nospeech", "notimestamps", *(f"{number * 0.02:.2f}" for number in range(1501))]
    return [*texts, *(f"<|{mark}|>" for mark in marks)]


def make_whisper(folder: Path) -> Path:
    """A folder as faster-whisper takes it."""
    from ctranslate2.specs import whisper_spec

    tokens = vocabulary()
    at = {token: number for number, token in enumerate(tokens)}
    spec = whisper_spec.WhisperSpec(1, 2, 1, 2)
    _fill_encoder(spec.encoder)
    embeddings, projection = _sentence(at)
    _fill_decoder(spec.decoder, embeddings, projection)
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = [at[f"<|{code}|>"] for code in LANGUAGES]
    spec.config.alignment_heads = [(0, 0)]
    spec.validate()
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    _write_tokenizer(folder, tokens)
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": MELS}))
    return folder


def _sentence(at: dict[str, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    chain = ["<|notimestamps|>", *SENTENCE.split(), "<|endoftext|>"]
    follows = itertools.pairwise(chain)
    embeddings = np.zeros((len(at), WIDTH), np.float32)
    projection = np.zeros((len(at), WIDTH), np.float32)
    for direction, (token, following) in enumerate(follows):
        embeddings[at[token], direction] = STRENGTH
        projection[at[following], direction] += STRENGTH
    return embeddings, projection


def _fill_encoder(encoder) -> None:
    encoder.conv1.weight, encoder.conv1.bias = _noise(WIDTH, MELS, 3), np.zeros(WIDTH, np.float32)
    encoder.conv2.weight, encoder.conv2.bias = _noise(WIDTH, WIDTH, 3), np.zeros(WIDTH, np.float32)
    encoder.position_encodings.encodings = _noise(1500, WIDTH)
    _even(encoder.layer_norm)
    for layer in encoder.layer:
        _attend(layer.self_attention)
        _feed_forward(layer.ffn)


def _fill_decoder(decoder, embeddings, projection) -> None:
    decoder.embeddings.weight = embeddings
    decoder.scale_embeddings = False
    decoder.position_encodings.encodings = np.zeros((448, WIDTH), np.float32)
    _even(decoder.layer_norm)
    decoder.projection.weight = projection
    for layer in decoder.layer:
        _attend(layer.self_attention)
        _attend(layer.attention, is_across=True)
        _feed_forward(layer.ffn)


def _attend(attention, *, is_across: bool = False) -> None:
    """Attention that is computed and adds nothing: the weights of its output are zero."""
    _even(attention.layer_norm)
    sizes = (WIDTH, 2 * WIDTH) if is_across else (3 * WIDTH,)
    for linear, size in zip(attention.linear, sizes, strict=False):
        linear.weight, linear.bias = _noise(size, WIDTH), np.zeros(size, np.float32)
    last = attention.linear[len(sizes)]
    last.weight, last.bias = np.zeros((WIDTH, WIDTH), np.float32), np.zeros(WIDTH, np.float32)


def _feed_forward(network) -> None:
    _even(network.layer_norm)
    network.linear_0.weight, network.linear_0.bias = _noise(4 * WIDTH, WIDTH), np.zeros(4 * WIDTH, np.float32)
    network.linear_1.weight = np.zeros((WIDTH, 4 * WIDTH), np.float32)
    network.linear_1.bias = np.zeros(WIDTH, np.float32)


def _even(norm) -> None:
    norm.gamma, norm.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)


def _noise(*shape: int) -> NDArray[np.float32]:
    return (np.random.default_rng(0).standard_normal(shape) * 0.05).astype(np.float32)


def _write_tokenizer(folder: Path, tokens: list[str]) -> None:
    import tokenizers

    known = {token: number for number, token in enumerate(tokens)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(known, unk_token=tokens[0]))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    marks = [tokenizers.AddedToken(token, special=True) for token in tokens[TEXTS:] if "." not in token]
    tokenizer.add_special_tokens(marks)
    tokenizer.save(str(folder / "tokenizer.json"))
