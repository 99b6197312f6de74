"""A Piper voice made on the spot: every sound of the language is a tone of its own, in two kilobytes.

The model file is ONNX, written here byte by byte in the wire format of Protocol Buffers.
"""

import json
from pathlib import Path

import numpy as np

RATE = 22050
HOP = 600
"""Samples for each sound at a length scale of 1."""
_SOUNDS = (
    "_^$ !'(),-.:;?abcdefghijklmnopqrstuvwxyz"
    "æçðøħŋœǀɐɑɒɓɔɕɖɗɘəɚɛɜɞɟɡɢɣɤɥɨɪɫɬɭɯɰɱɲɳɴɵɶɹɺɻɽɾʀʁʃʂʈʉʊʋʌʎʏʐʑʒʔʲˈˌːˑ"
)
"""Piper's own signs for padding, beginning and end, then what espeak-ng writes sounds with."""
_FLOAT, _INT64 = 1, 7


def make_voice(folder: Path, name: str, *, espeak: str, language: str = "", loudness: float = 0.3) -> Path:
    """A voice file with its description beside it, speaking as espeak-ng's voice `espeak` would."""
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / f"{name}.onnx"
    model.write_bytes(_model(loudness))
    described = {
        "audio": {"sample_rate": RATE},
        "espeak": {"voice": espeak},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "num_symbols": 256,
        "num_speakers": 1,
        "phoneme_type": "espeak",
        "phoneme_id_map": {sound: [id] for id, sound in enumerate(_SOUNDS)},
        **({"language": {"code": language}} if language else {}),
    }
    Path(f"{model}.json").write_text(json.dumps(described), encoding="utf-8")
    return model


def _model(loudness: float) -> bytes:
    """`output` is, for each id of `input`, a tone of HOP times the second of `scales` samples."""
    hertz = np.array([[150 + 7 * id] for id in range(256)], np.float32)
    nodes = [
        _node("Gather", ["scales", "second"], "scale"),
        _node("Mul", ["scale", "hop"], "long"),
        _node("Cast", ["long"], "length", to=_INT64),
        _node("Range", ["zero", "length", "one"], "number"),
        _node("Cast", ["number"], "at", to=_FLOAT),
        _node("Mul", ["at", "turn"], "angle"),
        _node("Gather", ["hertz", "input"], "hertz_of"),
        _node("Mul", ["hertz_of", "angle"], "phase"),
        _node("Sin", ["phase"], "wave"),
        _node("Mul", ["wave", "loudness"], "sound"),
        _node("Reshape", ["sound", "shape"], "output"),
    ]
    constants = {
        "second": np.array(1, np.int64),
        "hop": np.array(HOP, np.float32),
        "zero": np.array(0, np.int64),
        "one": np.array(1, np.int64),
        "turn": np.array(2 * np.pi / RATE, np.float32),
        "hertz": hertz,
        "loudness": np.array(loudness, np.float32),
        "shape": np.array([1, 1, -1], np.int64),
    }
    inputs = [
        _value("input", _INT64, [1, "n"]),
        _value("input_lengths", _INT64, [1]),
        _value("scales", _FLOAT, [3]),
    ]
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, b"voice")
    graph += b"".join(_field(5, _tensor(name, value)) for name, value in constants.items())
    graph += b"".join(_field(11, each) for each in inputs)
    graph += _field(12, _value("output", _FLOAT, [1, 1, "m"]))
    return _number(1, 8) + _field(7, graph) + _field(8, _field(1, b"") + _number(2, 13))


def _varint(value: int) -> bytes:
    made = bytearray()
    value &= (1 << 64) - 1
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _field(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _node(kind: str, inputs: list[str], output: str, to: int | None = None) -> bytes:
    made = b"".join(_field(1, name.encode()) for name in inputs) + _field(2, output.encode())
    made += _field(4, kind.encode())
    return made if to is None else made + _field(5, _field(1, b"to") + _number(3, to) + _number(20, 2))


def _tensor(name: str, value: np.ndarray) -> bytes:
    kind = _FLOAT if value.dtype == np.float32 else _INT64
    made = b"".join(_number(1, size) for size in value.shape) + _number(2, kind)
    return made + _field(8, name.encode()) + _field(9, value.tobytes())


def _value(name: str, kind: int, shape: list[int | str]) -> bytes:
    sizes = b"".join(
        _field(1, _number(1, size) if isinstance(size, int) else _field(2, size.encode())) for size in shape
    )
    tensor = _number(1, kind) + _field(2, sizes)
    return _field(1, name.encode()) + _field(2, _field(1, tensor))
