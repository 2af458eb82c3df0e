"""What grows with a model or its training <-> tensors: words, blocked words, epochs and notes.

Input: a header with lists, or a header and tensors of a file. Output: the other of the two. In the header of a file
stands the length of such a list, so it stays small however long a block list or a training is; a list that is cut does
not fit its length.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError
from nextword.files.limits import check_limit
from nextword.files.strict_json import parse_json

Tensors = Mapping[str, NDArray[Any]]

EPOCH_LISTS = ("perplexities", "held_out_perplexities")
# The tensors that only some bundles have, and their kinds.
GROWN_TENSORS = {
    "blocked.lines": np.uint8,
    "blocked.bytes": np.uint8,
    "blocked.lengths": np.int64,
    "training.perplexities": np.float64,
    "training.held_out_perplexities": np.float64,
    "training.notes": np.uint8,
}


def packed(header: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return a header without its long lists, and the tensors that have them.

    Args:
        header: A header whose shape may have a list of blocked words, and its training lists of perplexities and notes.

    Returns:
        A header that has their lengths instead, and tensors by name; the given header stays as it was.

    Raises:
        InputError: If a list is none or has other items (code "lists-damaged"), or is too long ("over-limit").
    """
    shape, training = header["shape"], header["training"]
    tensors: dict[str, NDArray[Any]] = {}
    if isinstance(shape, dict) and "blocked" in shape:
        words = _items("blocked", shape["blocked"], str)
        shape = {name: value for name, value in shape.items() if name != "blocked"}
        if words:
            shape["blocked"] = len(words)
            tensors |= text_tensors("blocked", words)
    if isinstance(training, dict):
        training = dict(training)
        for name in EPOCH_LISTS:
            values = _items(name, training.get(name), float)
            check_limit("epochs", len(values))
            training[name] = len(values)
            tensors[f"training.{name}"] = np.array(values, np.float64)
        notes = _items("notes", training.get("notes"), dict)
        check_limit("notes", len(notes))
        training["notes"] = len(notes)
        # Only ASCII: a note may quote the name of a file that is not Unicode.
        text = json.dumps(notes, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")
        check_limit("notes_bytes", len(text))
        tensors["training.notes"] = np.frombuffer(text, np.uint8)
    return {**header, "shape": shape, "training": training}, tensors


def unpacked(header: Mapping[str, Any], tensors: Tensors) -> dict[str, Any]:
    """Return a header with its long lists.

    Args:
        header: A header that has the lengths of its lists.
        tensors: All tensors of its file by name, of the kinds in `GROWN_TENSORS`.

    Returns:
        A new header; the given one stays as it was.

    Raises:
        InputError: If a tensor is missing, one is left over, or length and tensor differ (code "lists-damaged"), or
            a list is too long ("over-limit").
    """
    shape, training = header["shape"], header["training"]
    left = {name: array for name, array in tensors.items() if name in GROWN_TENSORS}
    if isinstance(shape, dict) and "blocked" in shape:
        names = ("blocked.lines", "blocked.bytes", "blocked.lengths")
        words = texts_of("blocked", {name: left.pop(name) for name in names if name in left})
        shape = {**shape, "blocked": _of_length("blocked", words, shape["blocked"], least=1)}
    if isinstance(training, dict):
        training = dict(training)
        for name in EPOCH_LISTS:
            array = _taken(left, f"training.{name}")
            check_limit("epochs", array.size)
            training[name] = _of_length(name, array.tolist(), training.get(name))
        text = _taken(left, "training.notes")
        check_limit("notes_bytes", text.size)
        notes = parse_json(text.tobytes())
        check_limit("notes", len(_items("notes", notes, dict)))
        training["notes"] = _of_length("notes", notes, training.get("notes"))
    if left:
        raise InputError(f"the tensor {min(left)!r} belongs to nothing.", code="lists-damaged", name=min(left))
    return {**header, "shape": shape, "training": training}


def text_tensors(name: str, words: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return the tensors of many words: their bytes, with a line break between them.

    Args:
        name: What the words are, "vocabulary" or "blocked"; the tensors' names begin so.
        words: Words. Where one has a line break, or there is none, the bytes have none between them, and a second
            tensor tells how many each word has.

    Raises:
        InputError: If they have more bytes than a file may hold; code "over-limit".
    """
    lines = "\n".join(words).encode("utf-8")
    num_bytes = len(lines) - max(0, len(words) - 1)
    check_limit(f"{_LIMITS[name]}_bytes", num_bytes)
    if words and lines.count(b"\n") == len(words) - 1:
        return {f"{name}.lines": np.frombuffer(lines, np.uint8)}
    encoded = [word.encode("utf-8") for word in words]
    lengths = np.array([len(word) for word in encoded], np.int64)
    return {f"{name}.bytes": np.frombuffer(b"".join(encoded), np.uint8), f"{name}.lengths": lengths}


def texts_of(name: str, tensors: Tensors) -> list[str]:
    """Return the words that `text_tensors` made tensors of.

    Args:
        name: As for `text_tensors`.
        tensors: Tensors by name, others among them.

    Raises:
        InputError: If one is empty or lengths and bytes do not fit (code "words-damaged"), or there are too many
            ("over-limit").
        UnicodeDecodeError: If a word is no UTF-8.
    """
    if f"{name}.lines" in tensors:
        lines = _taken(dict(tensors), f"{name}.lines").tobytes()
        breaks = lines.count(b"\n")
        check_limit(_LIMITS[name], breaks + 1)
        check_limit(f"{_LIMITS[name]}_bytes", len(lines) - breaks)
        if not lines or b"\n\n" in lines or lines[0] == _BREAK or lines[-1] == _BREAK:
            raise InputError(f"one of the words is empty ({name}).", code="words-damaged", name=name)
        return lines.decode("utf-8").split("\n")
    lengths, content = _taken(dict(tensors), f"{name}.lengths"), _taken(dict(tensors), f"{name}.bytes")
    check_limit(_LIMITS[name], len(lengths))
    check_limit(f"{_LIMITS[name]}_bytes", len(content))
    # Each length is looked at first: a sum of huge ones may wrap around.
    if (lengths < 1).any() or (lengths > len(content)).any() or int(lengths.sum()) != len(content):
        raise InputError(f"the lengths of the words do not fit their bytes ({name}).", code="words-damaged", name=name)
    raw, ends = content.tobytes(), np.cumsum(lengths).tolist()
    return [raw[start:end].decode("utf-8") for start, end in zip([0, *ends], ends, strict=False)]


_BREAK = ord("\n")
_LIMITS = {"vocabulary": "words", "blocked": "blocked"}


def _items(name: str, values: Any, kind: type) -> list[Any]:
    """Return a list after checking that it is one, and of what."""
    if not isinstance(values, list) or not all(type(value) is kind for value in values):
        raise InputError(
            f"`{name}` is a list of {kind.__name__}; found {values!r:.80}.", code="lists-damaged", name=name
        )
    return values


def _of_length(name: str, values: list[Any], length: Any, *, least: int = 0) -> list[Any]:
    if type(length) is not int or length != len(values) or length < least:
        raise InputError(
            f"`{name}` should have {length!r:.80} items and has {len(values)}.", code="lists-damaged", name=name
        )
    return values


def _taken(tensors: dict[str, NDArray[Any]], name: str) -> NDArray[Any]:
    array = tensors.pop(name, None)
    if array is None or array.ndim != 1:
        raise InputError(f"the tensor {name!r} is missing or no row.", code="lists-damaged", name=name)
    return array
