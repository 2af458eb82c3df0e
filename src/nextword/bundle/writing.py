"""Bundles: a language model -> one file.

Input: a language model. Output: a file, equal bytes for equal models, never half-written.
"""

import os
from dataclasses import asdict, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.bundle.format import FORMAT_VERSION, MAX_FILE_BYTES, MAX_HEADER_BYTES, check_words
from nextword.bundle.options import shape_values, training_values
from nextword.bundle.runtimes import describe_runtime
from nextword.errors import InputError, InputTypeError
from nextword.files.sealed import seal
from nextword.files.writing import write_whole
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.shaping import unshaped
from nextword.tokens.template import ROLE_TOKENS


def save(lm: LanguageModel, path: str | os.PathLike[str]) -> None:
    """Save a language model as one file; equal models give equal bytes.

    The file is written under another name beside it, synced to disk and then renamed, so `path` is at every moment the
    whole old file or the whole new one.

    Args:
        lm: A language model.
        path: Where to, by custom ending in `.nextword`; its folder must exist. An existing file is replaced.

    Raises:
        InputTypeError: If `lm` is no language model (code "not-a-language-model"), or of a kind that cannot be saved
            (codes of `bundle_bytes`), or `path` is no path.
        InputError: If `path` is a folder or device or has a NUL character, or as `bundle_bytes` raises it.
        MissingFileError: If the folder does not exist.
        OSError: If the file cannot be written.
    """
    if not isinstance(lm, LanguageModel):
        raise InputTypeError(
            f"expected a LanguageModel; received {lm!r:.80} ({type(lm).__name__}).",
            code="not-a-language-model",
            received=type(lm).__name__,
        )
    write_whole(path, bundle_bytes(lm))


def bundle_bytes(lm: LanguageModel) -> bytes:
    """Return the content of the file that `save` writes; equal models give equal bytes.

    Args:
        lm: A language model.

    Raises:
        InputTypeError: If it is of a kind that cannot be saved; codes "runtime-not-savable", "mixture-not-savable" and
            "roles-do-not-fit".
        InputError: If a word is empty or has control characters (codes "word-empty" and "control-characters"), the
            record of the training is not JSON ("record-not-json"), or no bundle would be read that is so large
            ("bundle-too-large").
    """
    runtime, shape = unshaped(lm.runtime)
    if shape.blocked:
        check_words(shape.blocked)
    network, network_tensors = describe_runtime(runtime)
    config = lm.tokenizer.config
    # Not `asdict`, which copies values: a segmenter may hold a lock, which cannot be copied.
    tokenizer = {field.name: getattr(config, field.name) for field in fields(config)}
    if callable(config.segmenter):
        tokenizer["segmenter"] = "callable"
    header = {
        "tokenizer": tokenizer,
        "network": network,
        "shape": shape_values(shape),
        "training": None if lm.training is None else training_values(lm.training),
    }
    roles = () if lm.template is None else ROLE_TOKENS
    if lm.vocabulary.roles != roles or shape.never != lm.vocabulary.role_ids:
        raise InputTypeError(
            f"a model of conversations has a template, the role tokens {ROLE_TOKENS}, which never come out; received "
            f"the template {lm.template}, {lm.vocabulary.roles} and the ids {shape.never}. Build it with "
            "`build_language_model`.",
            code="roles-do-not-fit",
            roles=lm.vocabulary.roles,
            never=shape.never,
        )
    if lm.template is not None:
        header["template"] = asdict(lm.template)
    words = lm.vocabulary[lm.vocabulary.first_word :]
    check_words(words)
    encoded_words = [word.encode("utf-8") for word in words]
    tensors: dict[str, NDArray[Any]] = {
        "vocabulary.bytes": np.frombuffer(b"".join(encoded_words), dtype=np.uint8),
        "vocabulary.lengths": np.array([len(word) for word in encoded_words], dtype=np.int64),
        "vocabulary.counts": lm.vocabulary.counts_array(),
    }
    content = seal(header, tensors | network_tensors, version=FORMAT_VERSION)
    header_bytes = int.from_bytes(content[:8], "little")
    if header_bytes > MAX_HEADER_BYTES or len(content) > MAX_FILE_BYTES:
        raise InputError(
            f"a bundle has at most {MAX_FILE_BYTES:,} bytes, {MAX_HEADER_BYTES:,} of them in its header, which has the "
            f"blocked words and the record of the training; this one would have {len(content):,} and {header_bytes:,}.",
            code="bundle-too-large",
            file_bytes=len(content),
            header_bytes=header_bytes,
        )
    return content
