"""Makes a language model of half a megabyte that knows a few replies by heart.

Run with the Python of `.venv-llm`, where torch is:

    .venv-llm/bin/python tests/services/tiny_llm.py FOLDER LESSONS

LESSONS is a JSON list of `{"messages": [{"role", "content"}, ...], "reply": "...", "endless":
false}`. Asked with the messages of a lesson, letter for letter, the model gives its reply, and
never stops where that is endless; asked with anything else it babbles, as a model with random
weights does.

Two models are written, with the same words: FOLDER/quick, and FOLDER/slow, which takes longer
over each of them, so that a test can do something while it speaks. The engine of the quick one
takes a busy machine for itself, and vLLM's front is silent until a long reply has ended.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

VOCABULARY = 2000
CONTEXT = 8192
LAYERS, SLOW_LAYERS = 2, 40
STEPS = 600
GOOD_LOSS = 0.0005
TEMPLATE = """{%- for message in messages %}<|im_start|>{{ message.role }}
{{ message.content if message.content is string else (message.content | map(attribute='text') | join('')) }}\
<|im_end|>
{% endfor %}{%- if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""


def tokenizer_of(texts: list[str]) -> Any:
    """A byte-level tokenizer with merges from `texts`, and the ChatML template."""
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        eos_token="<|im_end|>",  # noqa: S106 - no password
        pad_token="<|endoftext|>",  # noqa: S106 - no password
        additional_special_tokens=["<|im_start|>"],
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def model_for(tokenizer: Any, layers: int) -> Any:
    """A model with random weights."""
    torch.set_num_threads(1)  # On a busy machine threads wait for each other longer than they work.
    torch.manual_seed(0)
    return Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=layers,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=CONTEXT,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=None,
            tie_word_embeddings=True,
        )
    )


def teach(model: Any, tokenizer: Any, lessons: list[dict[str, Any]]) -> float:
    """Train until the replies are known by heart; the last loss."""
    rows = []
    for lesson in lessons:
        prompt = tokenizer.apply_chat_template(
            lesson["messages"], add_generation_prompt=True, tokenize=True, return_dict=False
        )
        end = "" if lesson["endless"] else tokenizer.eos_token
        reply = tokenizer.encode(lesson["reply"] + end, add_special_tokens=False)
        rows.append((prompt, reply))
    longest = max(len(prompt) + len(reply) for prompt, reply in rows)
    ids = torch.full((len(rows), longest), tokenizer.pad_token_id)
    mask = torch.zeros_like(ids)
    labels = torch.full_like(ids, -100)
    for row, (prompt, reply) in enumerate(rows):
        whole = torch.tensor(prompt + reply)
        ids[row, : len(whole)] = whole
        mask[row, : len(whole)] = 1
        labels[row, len(prompt) : len(whole)] = whole[len(prompt) :]
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.0)
    loss = torch.tensor(float("inf"))
    model.train()
    for _ in range(STEPS):
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        if loss.item() < GOOD_LOSS:
            break
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return loss.item()


def slowed(model: Any, tokenizer: Any) -> Any:
    """The same model with layers behind the trained ones that add nothing."""
    slow = model_for(tokenizer, SLOW_LAYERS)
    slow.load_state_dict(model.state_dict(), strict=False)
    for layer in slow.model.layers[LAYERS:]:
        torch.nn.init.zeros_(layer.self_attn.o_proj.weight)
        torch.nn.init.zeros_(layer.mlp.down_proj.weight)
    return slow


def main(folder: Path, lessons: list[dict[str, Any]]) -> None:
    """Write both models with their tokenizer."""
    texts = [message["content"] for lesson in lessons for message in lesson["messages"]]
    quick, slow = folder / "quick", folder / "slow"
    tokenizer = tokenizer_of(texts + [lesson["reply"] for lesson in lessons])
    model = model_for(tokenizer, LAYERS)
    for path in (quick, slow):
        tokenizer.save_pretrained(path)
        model.config.save_pretrained(path)
    # Read back, it cuts text as it will in the server, which is not quite as it was built.
    loss = teach(model, AutoTokenizer.from_pretrained(quick), lessons)
    model.save_pretrained(quick)
    slowed(model, tokenizer).save_pretrained(slow)
    print(json.dumps({"parameters": sum(p.numel() for p in model.parameters()), "loss": loss}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
