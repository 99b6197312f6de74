"""What models run by torch share: how one is loaded, where it runs, and in which precision."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from core.errors import Misconfigured, Unavailable

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder, SentenceTransformer

Precision = Literal["auto", "float32", "bfloat16", "float16"]
LONGEST_GIVEN = 1_000_000
"""A tokenizer that states a greater length than this states none."""
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class TorchOptions:
    """How a model is run.

    `device` is "cpu", "cuda", "cuda:1" or "mps"; empty takes the best there is. `precision`
    "auto" takes 16 bits where the device computes in them and 32 elsewhere. `threads` is for
    the processor and counts for the whole process; 0 leaves it to torch. `batch_characters`
    is how much text, padding included, goes through the model at once; 0 suits the device.
    """

    device: str = ""
    precision: Precision = "auto"
    threads: int = 0
    batch_characters: int = 0


BEST_FIT = TorchOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which model, and where that is set."""

    model: str
    settings: str
    """Such as FRONTDESK_EMBEDDER: the settings that end in __MODEL and __DEVICE."""

    @property
    def name(self) -> str:
        """What tells this model from others: the folder's name, or the whole name on the hub."""
        folder = Path(self.model)
        return (folder.resolve().name if folder.is_dir() else self.model).replace("@", "-")


@contextmanager
def loading(source: Source, options: TorchOptions) -> Iterator[dict[str, Any]]:
    """The arguments with which a class of sentence-transformers is to load the model, within the block.

    A folder is read without asking anything of the network; a name is looked up as
    `HF_HUB_OFFLINE`, `HF_HOME` and their like say. Code that comes with a model is not run.

    Raises:
        Misconfigured: the `models` extra, the model or the device is not there.
    """
    if not find_spec("sentence_transformers"):
        raise Misconfigured(
            f"sentence-transformers, which runs {source.model!r}, is not installed: "
            "pip install 'frontdesk[models]'"
        )
    import torch  # noqa: PLC0415 - takes seconds and half a gigabyte
    from safetensors import SafetensorError  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415 - likewise

    logging.disable_progress_bar()  # type: ignore[no-untyped-call, unused-ignore]
    if options.threads:
        torch.set_num_threads(options.threads)
    device = _device(source, options.device)
    arguments = {
        "device": device,
        "local_files_only": Path(source.model).is_dir(),
        "model_kwargs": {"dtype": getattr(torch, _precision(device, options.precision))},
    }
    try:
        yield arguments
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise Misconfigured(
            f"the model {source.model!r} can't be loaded ({reason}): "
            f"name a folder or a model of the hub in {source.settings}__MODEL"
        ) from error


def made_ready(model: SentenceTransformer | CrossEncoder) -> int:
    """Has the model evaluate, and cut what is beyond its reach: so many tokens, special ones included."""
    model.eval()
    stated, learned = model.max_seq_length, getattr(model.config, "max_position_embeddings", None)
    if not stated or stated > LONGEST_GIVEN:
        # Some families begin to count positions at 2.
        stated = learned - 2 if learned else 512
    model.max_seq_length = min(stated, learned or stated)
    return int(model.max_seq_length)


def is_classifier(model: SentenceTransformer | CrossEncoder) -> bool:
    """Whether the model's files hold a trained head that classifies."""
    architectures = getattr(model.config, "architectures", None) or ()
    return any(architecture.endswith("ForSequenceClassification") for architecture in architectures)


def batch_characters(model: SentenceTransformer | CrossEncoder, options: TorchOptions) -> int:
    """Characters that go through the model at once: few on a processor, so that others get a turn."""
    return options.batch_characters or (8_000 if model.device.type == "cpu" else 128_000)


def readable(text: str) -> str:
    """`text` as a tokenizer takes it, character for character: halves of characters become U+FFFD."""
    return _LONE_SURROGATE.sub("\ufffd", text)


@contextmanager
def failing_as(failure: type[Unavailable], name: str) -> Iterator[None]:
    """Turns what torch raises, such as a device out of memory, into an error of ours."""
    try:
        yield
    except RuntimeError as error:
        raise failure(f"the model {name!r} failed: {type(error).__name__}") from error


def _device(source: Source, wanted: str) -> str:
    import torch  # noqa: PLC0415 - takes seconds and half a gigabyte

    best = torch.accelerator.current_accelerator(check_available=True)
    if not wanted:
        return best.type if best else "cpu"
    try:
        device = torch.device(wanted)
        if device.type != "cpu":
            torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise Misconfigured(
            f"the device {wanted!r} is not on this machine, which has {best.type if best else 'cpu'!r}: "
            f"leave {source.settings}__DEVICE empty"
        ) from error
    return wanted


def _precision(device: str, wanted: Precision) -> str:
    """The fastest precision that keeps rankings: see docs/decisions/0008-models.md."""
    import torch  # noqa: PLC0415 - takes seconds and half a gigabyte

    if wanted != "auto":
        return wanted
    if device.startswith("cuda"):
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    if device != "cpu":
        return "float16"
    able = torch.cpu.get_capabilities()
    return "bfloat16" if able.get("amx_bf16") or able.get("avx512_bf16") else "float32"
