"""A language model <-> one safe file.

A `.nextword` bundle is a safetensors file with exactly one metadata key, canonical JSON with format, version and all
options; the words and every weight are tensors. Its last 32 bytes are the SHA-256 of everything before them. Nothing in
it is code or names code: a model is rebuilt by this package's own classes from checked sizes. Keras is not needed.
"""

import hashlib
import json
import os
import re
import secrets
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from nextword.errors import (
    BundleCorruptError,
    BundleError,
    BundleVersionError,
    InputError,
    InputTypeError,
    MissingFileError,
    NextwordError,
    UnsafeFormatError,
)
from nextword.language_model import LanguageModel, TrainingSummary
from nextword.models.config import LSTMConfig
from nextword.runtime.lstm import LSTMRuntime
from nextword.segmentation import Segmenter
from nextword.tokenizer import Tokenizer, TokenizerConfig
from nextword.training.config import TrainingConfig
from nextword.vocabulary import SPECIAL_TOKENS, Vocabulary

FORMAT_VERSION = 1
METADATA_KEY = "nextword"
MAX_FILE_BYTES = 2 << 30
MAX_HEADER_BYTES = 1 << 20
# safetensors writes tensors by falling alignment, then by name: this one, of single bytes, comes last.
DIGEST = "~sha256"
DIGEST_BYTES = 32
_UNTRAINED = {"format_version": int, "tokenizer": dict, "network": dict, "training": type(None)}
HEADER_KINDS = (_UNTRAINED, {**_UNTRAINED, "training": dict})
# The tensors that are no weights.
OTHER_TENSORS = {
    "vocabulary.bytes": np.uint8,
    "vocabulary.lengths": np.int64,
    "vocabulary.counts": np.int64,
    DIGEST: np.uint8,
}

_Options = TypeVar("_Options", LSTMConfig, TokenizerConfig, TrainingConfig, TrainingSummary)


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleInfo:
    """What a bundle says of itself.

    Attributes:
        format_version: Version of the file format.
        bytes: Size of the file.
        vocabulary_size: V.
        parameters: Number of weights.
        tokenizer: Options of the tokenizer.
        network: Kind and sizes of the network.
        training: How it was trained; None where that is not known.
    """

    format_version: int
    bytes: int
    vocabulary_size: int
    parameters: int
    tokenizer: dict[str, Any]
    network: dict[str, Any]
    training: dict[str, Any] | None


def save(lm: LanguageModel, path: str | os.PathLike[str]) -> None:
    """Save a language model as one file; equal models give equal bytes.

    The file is written under another name beside it, synced to disk and then renamed, so `path` is at every moment the
    whole old file or the whole new one.

    Args:
        lm: A language model.
        path: Where to, by custom ending in `.nextword`; its folder must exist. An existing file is replaced.

    Raises:
        InputTypeError: If `lm` is no language model, or of a kind that cannot be saved, or `path` is no path.
        InputError: If `path` is a folder or device or has a NUL character, or a word is empty or has control
            characters.
        MissingFileError: If the folder does not exist.
        OSError: If the file cannot be written.
    """
    if not isinstance(lm, LanguageModel) or not isinstance(lm.runtime, LSTMRuntime):
        raise InputTypeError(f"expected a LanguageModel with an LSTM; received {lm!r:.80} ({type(lm).__name__}).")
    _check_path(path)
    target = Path(path)
    if target.exists() and not target.is_file():
        raise InputError(f"{_shown(path)} is a folder or a device; give the name of a file.")
    if not target.parent.is_dir():
        raise MissingFileError(f"the folder {str(target.parent)!r} does not exist; make it first, or save elsewhere.")
    _write_whole(target, _to_bytes(lm, lm.runtime))


def load(path: str | os.PathLike[str], *, segmenter: Segmenter | None = None) -> LanguageModel:
    """Load a language model that `save` wrote; its predictions are bit-identical.

    Nothing in the file is run. It is read once, checked by its digest and its sizes, and only then built.

    Args:
        path: A local `.nextword` file.
        segmenter: The function that cut Chinese in training, for a model that was trained with one of its own.

    Returns:
        A frozen `LanguageModel`, NumPy inside.

    Raises:
        InputTypeError: If `path` is no path or `segmenter` no function.
        InputError: If `path` has a NUL character.
        MissingFileError: If there is no such file.
        UnsafeFormatError: If it is a file of another kind; the message says which and what to do.
        BundleVersionError: If it was written by a newer nextword.
        BundleCorruptError: If it was cut or changed.
        BundleError: If it needs a `segmenter` that was not given, or is none.
    """
    if segmenter is not None and not callable(segmenter):
        raise InputTypeError(f"`segmenter` must be a function from a text to its words; received {segmenter!r:.80}.")
    header, tensors, _ = _read(path)
    options = dict(header["tokenizer"])
    if options.get("segmenter") == "callable":
        if segmenter is None:
            raise BundleError(
                f"{_shown(path)} was trained with a segmenter of its own, a function, which is not in the file. Give it"
                " again: `nextword.load(path, segmenter=f)`."
            )
        options["segmenter"] = segmenter
    elif segmenter is not None:
        raise BundleError(f"{_shown(path)} was trained with the segmenter {options.get('segmenter')!r}; give none.")
    network = dict(header["network"])
    kind = network.pop("kind", None)
    if kind != "lstm":
        raise BundleCorruptError(f"{_shown(path)} holds a network of the unknown kind {kind!r}.")
    try:
        tokenizer = Tokenizer(_vocabulary(tensors), _options(TokenizerConfig, options))
        runtime = LSTMRuntime(_options(LSTMConfig, network), _weights(tensors))
        if runtime.vocabulary_size != len(tokenizer.vocabulary):
            raise InputError(f"{len(tokenizer.vocabulary)} words and {runtime.vocabulary_size} rows.")
        training = header["training"]
        return LanguageModel(tokenizer, runtime, None if training is None else _training(training))
    except BundleError:
        raise
    except (NextwordError, AttributeError, TypeError, ValueError, KeyError) as error:
        raise BundleCorruptError(f"{_shown(path)} contradicts itself: {error}") from error


def inspect(path: str | os.PathLike[str]) -> BundleInfo:
    """Return what a bundle says of itself; the file is checked as `load` checks it, but no model is built.

    Args:
        path: A local `.nextword` file.

    Raises:
        InputTypeError: If `path` is no path.
        InputError: If `path` has a NUL character.
        MissingFileError: If there is no such file.
        BundleError: As `load` raises it for a file of another kind or version, or one that was cut or changed.
    """
    header, tensors, size = _read(path)
    weights = _weights(tensors)
    return BundleInfo(
        format_version=header["format_version"],
        bytes=size,
        vocabulary_size=len(tensors["vocabulary.counts"]),
        parameters=sum(array.size for array in weights.values()),
        tokenizer=header["tokenizer"],
        network=header["network"],
        training=header["training"],
    )


def _to_bytes(lm: LanguageModel, runtime: LSTMRuntime) -> bytes:
    config = lm.tokenizer.config
    # Not `asdict`, which copies values: a segmenter may hold a lock, which cannot be copied.
    tokenizer = {field.name: getattr(config, field.name) for field in fields(config)}
    if callable(config.segmenter):
        tokenizer["segmenter"] = "callable"
    header = {
        "format_version": FORMAT_VERSION,
        "tokenizer": tokenizer,
        "network": {"kind": "lstm", **asdict(runtime.config)},
        "training": None if lm.training is None else asdict(lm.training),
    }
    _check_words(lm.vocabulary[len(SPECIAL_TOKENS) :])
    words = [word.encode("utf-8") for word in lm.vocabulary[len(SPECIAL_TOKENS) :]]
    tensors: dict[str, NDArray[Any]] = {
        "vocabulary.bytes": np.frombuffer(b"".join(words), dtype=np.uint8),
        "vocabulary.lengths": np.array([len(word) for word in words], dtype=np.int64),
        "vocabulary.counts": lm.vocabulary.counts_array(),
        DIGEST: np.zeros(DIGEST_BYTES, dtype=np.uint8),
    }
    tensors |= {f"weight.{name}": np.ascontiguousarray(array) for name, array in runtime.weights.items()}
    canonical = json.dumps(header, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    content = safetensors.save(tensors, metadata={METADATA_KEY: canonical})
    body = content[:-DIGEST_BYTES]
    return body + hashlib.sha256(body).digest()


def _write_whole(target: Path, content: bytes) -> None:
    # Beside the target, because only a rename within one file system is atomic.
    temporary = target.with_name(f".nextword.{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:
            if target.exists():  # a private file stays private, from its first byte on
                os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # a folder cannot be synced on Windows
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, NDArray[Any]], int]:
    content = _content(path)
    _refuse_other_kinds(path, content)
    header_bytes = int.from_bytes(content[:8], "little")
    if header_bytes > min(MAX_HEADER_BYTES, len(content) - 8 - DIGEST_BYTES):
        raise BundleCorruptError(
            f"{_shown(path)} is no whole bundle: its header should have {header_bytes:,} bytes, and the file has "
            f"{len(content):,}. Copy it again."
        )
    body, digest = content[:-DIGEST_BYTES], content[-DIGEST_BYTES:]
    named = _json(path, content[8 : 8 + header_bytes])
    metadata = named.get("__metadata__")
    if not isinstance(metadata, dict) or set(metadata) != {METADATA_KEY}:
        raise UnsafeFormatError(
            f"{_shown(path)} is a safetensors file but no nextword bundle (its metadata is {metadata!r:.80}). "
            "Bundles are written by `nextword.save`."
        )
    header = _json(path, metadata[METADATA_KEY])
    version = header.get("format_version")
    if type(version) is int and version > FORMAT_VERSION:
        raise BundleVersionError(
            f"{_shown(path)} has format version {version!r:.80}; this nextword reads versions up to {FORMAT_VERSION}. "
            "Update it: pip install --upgrade nextword."
        )
    if hashlib.sha256(body).digest() != digest:
        raise BundleCorruptError(f"{_shown(path)} was changed or cut: its SHA-256 does not fit. Copy it again.")
    found = {name: type(value) for name, value in header.items()}
    if version != FORMAT_VERSION or found not in HEADER_KINDS:
        raise BundleCorruptError(f"{_shown(path)} has an unknown header: {found!r:.200}, version {version!r:.80}.")
    try:
        tensors = safetensors.load(content)
    except (SafetensorError, ValueError, KeyError) as error:
        raise BundleCorruptError(f"{_shown(path)} is no well-formed safetensors file: {error}") from error
    _check_tensors(path, tensors, digest)
    return header, tensors, len(content)


def _check_tensors(path: str | os.PathLike[str], tensors: Mapping[str, NDArray[Any]], digest: bytes) -> None:
    for name in sorted(OTHER_TENSORS.keys() | tensors.keys()):
        kind = np.float32 if name.startswith("weight.") else OTHER_TENSORS.get(name)
        array = tensors.get(name)
        if kind is None or array is None or array.dtype != kind or (name in OTHER_TENSORS and array.ndim != 1):
            found = "none" if array is None else f"{array.dtype} of shape {array.shape}"
            expected = "none" if kind is None else np.dtype(kind).name
            raise BundleCorruptError(f"{_shown(path)}: the tensor {name!r:.80} should be {expected} and is {found}.")
    if tensors[DIGEST].tobytes() != digest:
        raise BundleCorruptError(f"{_shown(path)} does not end with its SHA-256.")


def _check_path(path: object) -> None:
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        raise InputTypeError(f"a path is a `str` or `Path`; received {path!r:.80} ({type(path).__name__}).")
    if "\0" in os.fspath(path):
        raise InputError(f"a path has no NUL character; received {os.fspath(path)!r:.80}.")


def _content(path: str | os.PathLike[str]) -> bytes:
    _check_path(path)
    if isinstance(path, str) and "://" in path:
        raise BundleError(f"a bundle is a local file; received the address {path!r:.80}. Download it first.")
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise BundleError(f"{_shown(path)} is no regular file.")
            if status.st_size > MAX_FILE_BYTES:
                raise BundleError(f"{_shown(path)} has {status.st_size:,} bytes; the most is {MAX_FILE_BYTES:,}.")
            return file.read()
    except FileNotFoundError as error:
        raise MissingFileError(f"there is no file {_shown(path)}. Bundles are written by `nextword.save`.") from error
    except IsADirectoryError as error:
        raise BundleError(f"{_shown(path)} is a folder; give the `.nextword` file in it.") from error


def _open_at_once(path: str, flags: int) -> int:
    # A named pipe would wait for a writer; opened this way it comes back at once, and is refused.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


# First bytes of files that people take for a model, what they are and what to do.
_OTHER_KINDS = (
    (b"PK\x03\x04", "a zip archive (a Keras `.keras` file, a PyTorch file or an .npz)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras `.h5` weights)"),
    (b"\x80\x02", "a pickle"),
    (b"\x80\x03", "a pickle"),
    (b"\x80\x04", "a pickle"),
    (b"\x80\x05", "a pickle"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"GGUF", "a GGUF model"),
    (b"\\data\\", "an ARPA n-gram model"),
    (b"mmap lm", "a kenlm model"),
)


def _refuse_other_kinds(path: str | os.PathLike[str], content: bytes) -> None:
    # A bundle begins with the size of its header, and 1,408 begins as a pickle does: what goes on as one is none.
    begins_as_bundle = content[3:9] == b"\0\0\0\0\0{"
    for magic, kind in _OTHER_KINDS:
        if content.startswith(magic) and not begins_as_bundle:
            raise UnsafeFormatError(
                f"{_shown(path)} looks like {kind}. nextword opens only bundles written by `nextword.save`, because"
                " other formats can run code or lack the vocabulary. Train with `nextword.fit` and save that."
            )
    if len(content) < 8 + DIGEST_BYTES or content[8:9] != b"{":
        what = "empty" if not content else "no nextword bundle (a text file, or a bundle that was cut?)"
        raise UnsafeFormatError(f"{_shown(path)} is {what}. Bundles are written by `nextword.save`.")


def _json(path: str | os.PathLike[str], content: object) -> dict[str, Any]:
    try:
        if not isinstance(content, bytes | str):
            raise ValueError(f"there should be text, not {content!r:.80}")
        value = json.loads(content, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BundleCorruptError(f"{_shown(path)} has a damaged header: {error}") from error
    if not isinstance(value, dict):
        raise BundleCorruptError(f"{_shown(path)} has a damaged header: it is no JSON object.")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _vocabulary(tensors: Mapping[str, NDArray[Any]]) -> Vocabulary:
    lengths, counts = tensors["vocabulary.lengths"], tensors["vocabulary.counts"]
    raw = tensors["vocabulary.bytes"].tobytes()
    # Each length is looked at first: a sum of huge ones may wrap around.
    if (lengths < 1).any() or (lengths > len(raw)).any() or int(lengths.sum()) != len(raw):
        raise InputError("the lengths of the words do not fit their bytes.")
    if (counts < 0).any():
        raise InputError("a word was counted less than 0 times.")
    ends = np.cumsum(lengths).tolist()
    words = [raw[start:end].decode("utf-8") for start, end in zip([0, *ends], ends, strict=False)]
    _check_words(words)
    return Vocabulary((*SPECIAL_TOKENS, *words), tuple(counts.tolist()))


# What `clean_text` always takes out of a text, and what could act on a terminal: controls, line ends, text directions.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _check_words(words: Sequence[str]) -> None:
    if not words or not all(words):
        raise InputError("a vocabulary has words, and none of them is empty.")
    if _CONTROLS.search("".join(words)):
        bad = next(word for word in words if _CONTROLS.search(word))
        raise InputError(f"words have no control characters; received {bad!a:.80}. `build_tokenizer` cleans its texts.")


def _weights(tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    return {name.removeprefix("weight."): array for name, array in tensors.items() if name not in OTHER_TENSORS}


def _options(kind: type[_Options], values: Mapping[str, Any]) -> _Options:
    # Exactly the known options: a name more or less means another version, and guessing would change the model.
    names = {field.name for field in fields(kind)}
    if set(values) != names:
        raise InputError(f"the options of {kind.__name__} are {sorted(names)}; found {sorted(values)}.")
    return kind(**values)


def _training(values: Mapping[str, Any]) -> TrainingSummary:
    as_tuples = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    config = _options(TrainingConfig, values["config"])
    return _options(TrainingSummary, {**as_tuples, "config": config})


def _shown(path: str | os.PathLike[str]) -> str:
    return repr(os.fspath(path))[:200]
