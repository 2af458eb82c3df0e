"""A language model -> one file, equal bytes for equal models, never half-written."""

import os
from dataclasses import asdict, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.bundle.format import FORMAT_VERSION, check_words
from nextword.bundle.runtimes import describe_runtime, masks_roles
from nextword.errors import InputTypeError
from nextword.files.sealed import seal
from nextword.files.writing import write_whole
from nextword.prediction.language_model import LanguageModel
from nextword.tokens.template import ROLE_TOKENS


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
    if not isinstance(lm, LanguageModel):
        raise InputTypeError(f"expected a LanguageModel; received {lm!r:.80} ({type(lm).__name__}).")
    write_whole(path, _to_bytes(lm))


def _to_bytes(lm: LanguageModel) -> bytes:
    network, network_tensors = describe_runtime(lm.runtime)
    config = lm.tokenizer.config
    # Not `asdict`, which copies values: a segmenter may hold a lock, which cannot be copied.
    tokenizer = {field.name: getattr(config, field.name) for field in fields(config)}
    if callable(config.segmenter):
        tokenizer["segmenter"] = "callable"
    header = {
        "tokenizer": tokenizer,
        "network": network,
        "training": None if lm.training is None else asdict(lm.training),
    }
    roles = () if lm.template is None else ROLE_TOKENS
    if lm.vocabulary.roles != roles or masks_roles(network) != bool(roles):
        raise InputTypeError(
            f"a model of conversations has a template, the role tokens {ROLE_TOKENS}, and masks them; received the "
            f"template {lm.template} and {lm.vocabulary.roles}. Build it with `build_language_model`."
        )
    if lm.template is not None:
        header["template"] = asdict(lm.template)
    spoken = lm.vocabulary[lm.vocabulary.first_word :]
    check_words(spoken)
    words = [word.encode("utf-8") for word in spoken]
    tensors: dict[str, NDArray[Any]] = {
        "vocabulary.bytes": np.frombuffer(b"".join(words), dtype=np.uint8),
        "vocabulary.lengths": np.array([len(word) for word in words], dtype=np.int64),
        "vocabulary.counts": lm.vocabulary.counts_array(),
    }
    return seal(header, tensors | network_tensors, version=FORMAT_VERSION)
