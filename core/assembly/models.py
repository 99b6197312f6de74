"""The models that the settings name: what embeds, what reads, what reranks, what writes."""

from __future__ import annotations

from pathlib import Path

from config.settings import Settings
from core.canary import Canary
from core.chat_model import ChatModelGenerator
from core.complexity import ComplexityWeights
from core.cross_encoder import CrossEncoderReranker
from core.errors import Misconfigured
from core.generate import Generator
from core.language_model import LanguageModel
from core.minilm import SHIPPED, OnnxEmbedder
from core.model_choice import RoutedGenerator
from core.model_server import ChatModel
from core.remembering import RememberingEmbedder
from core.rerank import RerankStage
from core.search import Embedder
from core.sentence_models import Prompts, SentenceEmbedder
from core.torch_models import TorchOptions
from core.weigh import WeighingReader, Weights

PROMPT = Path(__file__).parent.parent.parent / "config" / "prompts" / "answer.md"


def embedder_for(settings: Settings) -> Embedder:
    """What turns text into vectors: the shipped model or an ONNX graph, else sentence-transformers.

    Raises:
        Misconfigured: the model can't be loaded.
    """
    chosen = settings.embedder
    is_graph = chosen.model == SHIPPED or (Path(chosen.model) / "model.onnx").exists()
    if chosen.runtime in {"openvino", "onnxruntime"} or (chosen.runtime == "auto" and is_graph):
        return OnnxEmbedder(chosen.model, runtime=chosen.runtime, threads=chosen.threads)
    return SentenceEmbedder(
        chosen.model,
        TorchOptions(device=chosen.device, threads=chosen.threads),
        prompts=Prompts(query=chosen.query_prompt, passage=chosen.passage_prompt),
    )


def reader_for(settings: Settings, embedder: Embedder, weights: Weights) -> WeighingReader:
    """What finds the sentences that answer; it reads with the shipped model, for which its weights hold."""
    tokens = (
        embedder if isinstance(embedder, OnnxEmbedder) else OnnxEmbedder(threads=settings.embedder.threads)
    )
    return WeighingReader(RememberingEmbedder(tokens), weights, passages=settings.answers.passages)


def reranker_for(settings: Settings) -> RerankStage | None:
    """The stage that puts passages in a cross-encoder's order, where one is set.

    Raises:
        Misconfigured: the model can't be loaded.
    """
    chosen = settings.reranker
    if not chosen.model:
        return None
    return RerankStage(
        reranker=CrossEncoderReranker(chosen.model, TorchOptions(device=chosen.device)),
        passages=chosen.passages,
        budget_ms=chosen.budget_ms,
    )


def generator_for(settings: Settings, fallback: Generator) -> Generator:
    """What writes answers: the small model, or the small and the large one, or `fallback` where none is set.

    Raises:
        Misconfigured: a large model is set, and no small one.
    """
    chosen = settings.generator
    if not chosen.url and not chosen.large_url:
        return fallback
    if not chosen.url:
        raise Misconfigured(
            "FRONTDESK_GENERATOR__LARGE_URL is set and FRONTDESK_GENERATOR__URL is not: "
            "a desk with one model has it as FRONTDESK_GENERATOR__URL"
        )
    small = _writer(settings, chosen.url, chosen.model)
    if not chosen.large_url:
        return small
    large = _writer(settings, chosen.large_url, chosen.large_model)
    return RoutedGenerator(small=small, large=large, weights=ComplexityWeights.shipped())


def language_model_for(settings: Settings, urls: str, model: str) -> LanguageModel:
    """The model with that name on these servers, with commas between; whoever asks for it closes it."""
    chosen = settings.generator
    return LanguageModel(
        ChatModel(
            urls=tuple(url for part in urls.split(",") if (url := part.strip())),
            model=model,
            api_key=chosen.api_key.get_secret_value(),
            timeout_s=chosen.timeout_seconds,
            max_tokens=chosen.max_tokens,
            context_tokens=chosen.context_tokens,
        )
    )


def _writer(settings: Settings, urls: str, model: str) -> ChatModelGenerator:
    return ChatModelGenerator(
        language_model_for(settings, urls, model),
        instructions=PROMPT.read_text(encoding="utf-8"),
        masks=settings.safety.redact_prompts,
        canary=Canary(),
    )
