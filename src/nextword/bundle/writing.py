"""Bundles: a language model -> the bytes of one file, in pieces.

Input: a language model. Output: bytes, equal ones for equal models.
"""

from dataclasses import asdict, fields
from typing import Any

from numpy.typing import NDArray

from nextword.bundle.compression import compressed
from nextword.bundle.format import FORMAT_VERSION
from nextword.bundle.grown import packed, text_tensors
from nextword.bundle.options import shape_values, training_values
from nextword.bundle.runtimes import describe_runtime
from nextword.errors import InputError, InputTypeError
from nextword.files.limits import LIMITS, check_limit
from nextword.files.sealed import sealed_pieces
from nextword.files.tensors import Content
from nextword.files.word_checks import check_words
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.shaping import Shape, unshaped
from nextword.tokens.template import ROLE_TOKENS


def bundle_bytes(lm: LanguageModel, *, is_small: bool = True) -> bytes:
    """Return the content of the file that `save` writes; equal models give equal bytes.

    Args:
        lm: A language model.
        is_small: Whether tensors are compressed, which takes most of the time; read back they are the same.

    Raises:
        NextwordError: As `bundle_pieces` raises it.
    """
    return b"".join(bundle_pieces(lm, is_small=is_small))


def bundle_pieces(lm: LanguageModel, *, is_small: bool = True) -> list[Content]:
    """Return the content of the file that `save` writes in pieces, without a copy of the large arrays of the model.

    Args:
        lm: A language model.
        is_small: Whether tensors are compressed.

    Raises:
        InputTypeError: If it is of a kind that cannot be saved; codes "runtime-not-savable", "mixture-not-savable" and
            "roles-do-not-fit".
        InputError: If a word is empty or has control characters (codes "word-empty" and "control-characters"), the
            record of the training or an option is not JSON ("record-not-json" and "header-not-json"), there is more of
            something than a file may hold ("over-limit"), or no bundle would be read that is so large
            ("bundle-too-large").
    """
    runtime, shape = unshaped(lm.runtime)
    _check_roles(lm, shape)
    words = lm.vocabulary[lm.vocabulary.first_word :]
    check_words(words)
    network, network_tensors = describe_runtime(runtime)
    header, grown = packed(
        {
            "tokenizer": _tokenizer_values(lm),
            "network": network,
            "shape": shape_values(shape),
            "training": None if lm.training is None else training_values(lm.training),
        }
    )
    if lm.template is not None:
        header["template"] = asdict(lm.template)
    tensors: dict[str, NDArray[Any]] = {
        **text_tensors("vocabulary", words),
        "vocabulary.counts": lm.vocabulary.counts_array(),
        **grown,
        **network_tensors,
    }
    check_limit("tensors", len(tensors) + 1)  # that of the digest
    _check_size(sum(array.nbytes for array in tensors.values()))
    stored, header["compressed"] = compressed(tensors) if is_small else (tensors, {})
    pieces = list(sealed_pieces(header, stored, version=FORMAT_VERSION))
    _check_size(sum(map(len, pieces)), int.from_bytes(pieces[0][:8], "little"))
    return pieces


def _tokenizer_values(lm: LanguageModel) -> dict[str, Any]:
    config = lm.tokenizer.config
    # Not `asdict`, which copies values: a segmenter may hold a lock, which cannot be copied.
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    if callable(config.segmenter):
        values["segmenter"] = "callable"
    return values


def _check_roles(lm: LanguageModel, shape: Shape) -> None:
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


def _check_size(file_bytes: int, header_bytes: int = 0) -> None:
    if header_bytes > LIMITS["header_bytes"] or file_bytes > LIMITS["file_bytes"]:
        raise InputError(
            f"a bundle has at most {LIMITS['file_bytes']:,} bytes, {LIMITS['header_bytes']:,} of them in its header; "
            f"this one would have {file_bytes:,} and {header_bytes:,}. Train a smaller network, or n-grams with higher "
            "`min_counts`.",
            code="bundle-too-large",
            file_bytes=file_bytes,
            header_bytes=header_bytes,
        )
