"""One file -> a language model, after every check; nothing in the file is run."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.bundle.format import (
    FORMAT_VERSION,
    HEADER_KINDS,
    MAX_FILE_BYTES,
    MAX_HEADER_BYTES,
    OTHER_TENSORS,
    check_words,
    network_tensors,
)
from nextword.bundle.runtimes import build_options, rebuild_runtime, without_mark
from nextword.errors import BundleCorruptError, BundleError, InputError, InputTypeError, NextwordError
from nextword.files.sealed import CHECKPOINT_KEY, open_sealed, tensors_of
from nextword.files.writing import shown
from nextword.prediction.language_model import LanguageModel, TrainingSummary
from nextword.tokens.segmentation import Segmenter
from nextword.tokens.template import ROLE_TOKENS, Template
from nextword.tokens.tokenizer import Tokenizer, TokenizerConfig
from nextword.tokens.vocabulary import SPECIAL_TOKENS, Vocabulary
from nextword.training.config import TrainingConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleInfo:
    """What a bundle says of itself.

    Attributes:
        format_version: Version of the file format.
        bytes: Size of the file.
        vocabulary_size: V.
        parameters: Number of weights, and of the numbers of an n-gram model.
        tokenizer: Options of the tokenizer.
        network: Kind and sizes of the network.
        training: How it was trained; None where that is not known.
        template: How a model of conversations reads them; None for a model of texts.
    """

    format_version: int
    bytes: int
    vocabulary_size: int
    parameters: int
    tokenizer: dict[str, Any]
    network: dict[str, Any]
    training: dict[str, Any] | None
    template: dict[str, Any] | None = None


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
                f"{shown(path)} was trained with a segmenter of its own, a function, which is not in the file. Give it"
                " again: `nextword.load(path, segmenter=f)`."
            )
        options["segmenter"] = segmenter
    elif segmenter is not None:
        raise BundleError(f"{shown(path)} was trained with the segmenter {options.get('segmenter')!r}; give none.")
    try:
        template = build_options(Template, header["template"]) if "template" in header else None
        roles = () if template is None else ROLE_TOKENS
        tokenizer = Tokenizer(_vocabulary(tensors, roles), build_options(TokenizerConfig, options))
        runtime = rebuild_runtime(header["network"], network_tensors(tensors), tokenizer)
        training = None if header["training"] is None else _training(header["training"])
        return LanguageModel(tokenizer, runtime, training, template)
    except BundleError:
        raise
    except (NextwordError, AttributeError, TypeError, ValueError, KeyError) as error:
        raise BundleCorruptError(f"{shown(path)} contradicts itself: {error}") from error


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
    return BundleInfo(
        format_version=header["format_version"],
        bytes=size,
        vocabulary_size=len(tensors["vocabulary.counts"]),
        parameters=sum(array.size for array in network_tensors(tensors).values()),
        tokenizer=header["tokenizer"],
        network=header["network"],
        training=header["training"],
        template=header.get("template"),
    )


def _read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, NDArray[Any]], int]:
    header, content = open_sealed(
        path, newest_version=FORMAT_VERSION, max_bytes=MAX_FILE_BYTES, max_header_bytes=MAX_HEADER_BYTES
    )
    if CHECKPOINT_KEY in header:
        raise BundleError(
            f"{shown(path)} is a checkpoint of a training, no model that can predict. Go on with the training: call "
            f"`train` or `fit` with the same arguments and checkpoint_dir={os.path.dirname(os.fspath(path)) or '.'!r}, "
            "and save what it returns."
        )
    tensors = tensors_of(content, name=path)
    version, found = header.get("format_version"), {name: type(value) for name, value in header.items()}
    if version != FORMAT_VERSION or found not in HEADER_KINDS:
        raise BundleCorruptError(f"{shown(path)} has an unknown header: {found!r:.200}, version {version!r:.80}.")
    _check_tensors(path, tensors)
    return header, tensors, len(content)


def _check_tensors(path: str | os.PathLike[str], tensors: Mapping[str, NDArray[Any]]) -> None:
    for name in sorted(OTHER_TENSORS.keys() | tensors.keys()):
        bare = without_mark(name)
        if bare.startswith(("ngram.", "cache.")):  # of several kinds: checked where they are put together
            continue
        kinds = (np.float32, np.float16) if bare.startswith("weight.") else (OTHER_TENSORS.get(name),)
        array = tensors.get(name)
        fits = array is not None and any(kind is not None and array.dtype == kind for kind in kinds)
        if not fits or (name in OTHER_TENSORS and array is not None and array.ndim != 1):
            found = "none" if array is None else f"{array.dtype} of shape {array.shape}"
            expected = "none" if kinds[0] is None else np.dtype(kinds[0]).name
            raise BundleCorruptError(f"{shown(path)}: the tensor {name!r:.80} should be {expected} and is {found}.")


def _vocabulary(tensors: Mapping[str, NDArray[Any]], roles: tuple[str, ...]) -> Vocabulary:
    lengths, counts = tensors["vocabulary.lengths"], tensors["vocabulary.counts"]
    raw = tensors["vocabulary.bytes"].tobytes()
    # Each length is looked at first: a sum of huge ones may wrap around.
    if (lengths < 1).any() or (lengths > len(raw)).any() or int(lengths.sum()) != len(raw):
        raise InputError("the lengths of the words do not fit their bytes.")
    if (counts < 0).any():
        raise InputError("a word was counted less than 0 times.")
    ends = np.cumsum(lengths).tolist()
    words = [raw[start:end].decode("utf-8") for start, end in zip([0, *ends], ends, strict=False)]
    check_words(words)
    return Vocabulary((*SPECIAL_TOKENS, *roles, *words), tuple(counts.tolist()), roles)


def _training(values: Mapping[str, Any]) -> TrainingSummary:
    _check_training(values)
    as_tuples = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    config = build_options(TrainingConfig, values["config"])
    return build_options(TrainingSummary, {**as_tuples, "config": config})


def _check_training(values: Mapping[str, Any]) -> None:
    # Only what a training can have given: the summary is shown to people and must not surprise them.
    whole = ("tokens", "held_out_tokens", "best_epoch")
    lists = {"perplexities": float, "held_out_perplexities": float, "notes": str}
    good = all(type(values[name]) is int and values[name] >= 0 for name in whole)
    good = good and isinstance(values["stopped_by"], str) and isinstance(values["config"], dict)
    good = good and all(
        isinstance(values[name], list) and all(type(item) is kind for item in values[name])
        for name, kind in lists.items()
    )
    if not good:
        raise InputError(f"its record of the training has values of a wrong kind: {values!r:.200}.")
