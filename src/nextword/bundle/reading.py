"""Bundles: one file -> a language model.

Input: a file. Output: its model or a description of it, after every check; nothing in the file is run.
"""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nextword.bundle.compression import inflated
from nextword.bundle.format import FORMAT_VERSION, HEADER_KINDS, OTHER_TENSORS, network_tensors
from nextword.bundle.format_1 import from_format_1
from nextword.bundle.format_2 import from_format_2
from nextword.bundle.format_3 import from_format_3
from nextword.bundle.format_4 import from_format_4
from nextword.bundle.grown import GROWN_TENSORS, texts_of, unpacked
from nextword.bundle.options import build_options, shape_of_values, training_of_values
from nextword.bundle.runtimes import rebuild_runtime, without_mark
from nextword.errors import BundleCorruptError, BundleError, InputError, InputTypeError, NextwordError, described
from nextword.files.limits import LIMITS, check_limit
from nextword.files.mapped import map_file
from nextword.files.paths import shown
from nextword.files.sealed import CHECKPOINT_KEY, open_sealed_bytes, tensors_of
from nextword.files.tensors import Content
from nextword.files.word_checks import check_words
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.shaping import Shape, ShapedRuntime, unshaped
from nextword.tokens.segmentation import Segmenter
from nextword.tokens.template import ROLE_TOKENS, Template
from nextword.tokens.tokenizer import Tokenizer, TokenizerConfig
from nextword.tokens.vocabulary import SPECIAL_TOKENS, Vocabulary

# What messages call a bundle that was never a file.
IN_MEMORY = "<a language model in memory>"


First = TypeVar("First")
Second = TypeVar("Second")


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleInfo:
    """What the header of a bundle says, and its sizes.

    Attributes:
        format_version: Version of the file format.
        bytes: Size of the file.
        vocabulary_size: V.
        parameters: Number of weights, and of the numbers of an n-gram model.
        tokenizer: Options of the tokenizer.
        network: Kind and sizes of the network.
        shape: What is done to its distribution: the fields of `Shape` that differ from the default.
        training: How the model was trained; None where that is not known.
        template: How a model of conversations reads them; None for a model of texts.
    """

    format_version: int
    bytes: int
    vocabulary_size: int
    parameters: int
    tokenizer: dict[str, Any]
    network: dict[str, Any]
    shape: dict[str, Any]
    training: dict[str, Any] | None
    template: dict[str, Any] | None = None


def load(path: str | os.PathLike[str], *, segmenter: Segmenter | None = None) -> LanguageModel:
    """Load a language model that `save` wrote; its predictions are bit-identical.

    Nothing in the file is run. It is checked by its digest and its sizes, and only then built. A file of 1 MiB or more
    is mapped where the system can: processes share it, and it may be replaced by `save` or deleted meanwhile. It must
    not be written into or cut by another program while the model is in use; `copy.deepcopy(lm)` no longer needs it.

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
        BundleError: If it needs a `segmenter` that was not given (code "segmenter-missing"), needs none (code
            "segmenter-not-needed"), is a checkpoint (code "checkpoint-not-a-bundle"), no regular file or too large.
    """
    if segmenter is not None and not callable(segmenter):
        raise InputTypeError(
            f"`segmenter` must be a function from a text to its words; received {described(segmenter)}.",
            code="segmenter-not-a-function",
        )
    header, content = _opened(path)
    return _build(shown(path), *_checked(path, header, content), segmenter)


def read_known_bundle(content: Content, known: LanguageModel, name: str | os.PathLike[str]) -> LanguageModel:
    """Return the language model of a bundle that was just made, read and checked as `load` does.

    Args:
        content: What `bundle_bytes` returned; the digest at its end is taken as right.
        known: The model that should be in it. Its runtime and vocabulary are taken for those of the bundle if all
            options and arrays are equal, which takes less time than building new ones; they were checked when they were
            made.
        name: What messages call the bundle.

    Returns:
        The model, whose `runtime` is that of `known` exactly if the bundle has it.

    Raises:
        NextwordError: As `load` raises it.
    """
    segmenter = known.tokenizer.config.segmenter
    checked = _checked(name, _header_of(content, name), content, digest_known=True)
    return _build(shown(name), *checked, segmenter if callable(segmenter) else None, known=known)


def _opened(path: str | os.PathLike[str]) -> tuple[dict[str, Any], Content]:
    content = map_file(path, LIMITS["file_bytes"])
    return _header_of(content, path), content


def _header_of(content: Content, name: str | os.PathLike[str]) -> dict[str, Any]:
    return open_sealed_bytes(content, name=name, newest_version=FORMAT_VERSION, max_header_bytes=LIMITS["header_bytes"])


def language_model_of_bytes(content: Content, *, segmenter: Segmenter | None = None) -> LanguageModel:
    """Return the language model of a bundle in memory; see `load`.

    Args:
        content: What `bundle_bytes` returned.
        segmenter: As in `load`.

    Raises:
        BundleError: As `load` raises it.
    """
    header = _header_of(content, IN_MEMORY)
    return _build(IN_MEMORY, *_checked(IN_MEMORY, header, content), segmenter)


def inspect(path: str | os.PathLike[str]) -> BundleInfo:
    """Return what the header of a bundle says; the file is checked as `load` checks it, but no model is built.

    Args:
        path: A local `.nextword` file.

    Raises:
        InputTypeError: If `path` is no path.
        InputError: If `path` has a NUL character.
        MissingFileError: If there is no such file.
        BundleError: As `load` raises it for a file of another kind or version, or one that was cut or changed.
    """
    header, content = _opened(path)
    version = header.get("format_version", 0)
    header, tensors = _checked(path, header, content)
    return BundleInfo(
        format_version=version,
        bytes=len(content),
        vocabulary_size=len(tensors["vocabulary.counts"]),
        parameters=sum(array.size for array in network_tensors(tensors).values()),
        tokenizer=header["tokenizer"],
        network=header["network"],
        shape=header["shape"],
        training=header["training"],
        template=header.get("template"),
    )


def _checked(
    path: str | os.PathLike[str], header: dict[str, Any], content: Content, *, digest_known: bool = False
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return header and tensors of an opened bundle, as the newest format has them."""
    if CHECKPOINT_KEY in header:
        raise BundleError(
            f"{shown(path)} is a checkpoint of a training, no model that can predict. Go on with the training: call "
            f"`train` or `fit` with the same arguments and checkpoint_dir={os.path.dirname(os.fspath(path)) or '.'!r}, "
            "and save what it returns.",
            code="checkpoint-not-a-bundle",
        )
    tensors = tensors_of(content, name=path, digest_known=digest_known)
    version = header.get("format_version")
    try:
        check_limit("tensors", len(tensors))
        if version == 1:
            header, tensors = from_format_1(header, tensors)
        if version in (1, 2):
            header = from_format_2(header)
        if version in (1, 2, 3):
            header, tensors = from_format_3(header, tensors)
        if version in (1, 2, 3, 4):
            header = from_format_4(header, tensors)
    except (NextwordError, KeyError) as error:
        raise _contradicts_itself(shown(path), error) from error
    kinds = {name: type(value) for name, value in header.items()}
    if version not in (1, 2, 3, 4, FORMAT_VERSION) or kinds not in HEADER_KINDS:
        raise BundleCorruptError(
            f"{shown(path)} has an unknown header: {kinds!r:.200}, version {version!r:.80}.",
            code="bundle-header-unknown",
        )
    try:
        header, table = {**header}, header["compressed"]
        del header["compressed"]
        tensors = inflated(tensors, table)
    except NextwordError as error:
        raise _contradicts_itself(shown(path), error) from error
    _check_tensors(path, tensors)
    try:
        return unpacked(header, tensors), tensors
    except (NextwordError, UnicodeDecodeError) as error:
        raise _contradicts_itself(shown(path), error) from error


def _contradicts_itself(name: str, error: Exception) -> BundleCorruptError:
    # The figures of a limit go with it, so that a program can tell what there was too much of.
    figures = error.figures if isinstance(error, NextwordError) and error.code == "over-limit" else {}
    return BundleCorruptError(
        f"{name} contradicts itself: {error}",
        code="bundle-contradicts-itself",
        reason=getattr(error, "code", ""),
        **figures,
    )


def _build(
    name: str,
    header: Mapping[str, Any],
    tensors: Mapping[str, NDArray[Any]],
    segmenter: Segmenter | None,
    *,
    known: LanguageModel | None = None,
) -> LanguageModel:
    options = dict(header["tokenizer"])
    if options.get("segmenter") == "callable":
        if segmenter is None:
            raise BundleError(
                f"{name} was trained with a segmenter of its own, a function, which is not in the file. Give it"
                " again: `nextword.load(path, segmenter=f)`.",
                code="segmenter-missing",
            )
        options["segmenter"] = segmenter
    elif segmenter is not None:
        raise BundleError(
            f"{name} was trained with the segmenter {options.get('segmenter')!r}; give none.",
            code="segmenter-not-needed",
        )
    try:
        template = build_options(Template, header["template"]) if "template" in header else None
        roles = () if template is None else ROLE_TOKENS
        known_bare, known_shape = (None, None) if known is None else unshaped(known.runtime)
        # Half of the time goes into words, half into arrays, for which NumPy lets another thread run.
        vocabulary, bare = _side_by_side(
            lambda: _vocabulary(tensors, roles, known),
            lambda: rebuild_runtime(
                header["network"], network_tensors(tensors), len(tensors["vocabulary.counts"]), known=known_bare
            ),
        )
        tokenizer = Tokenizer(vocabulary, build_options(TokenizerConfig, options))
        shape = shape_of_values(header["shape"])
        if shape.never != tokenizer.vocabulary.role_ids:
            raise InputError(
                f"role tokens never come out, and nothing else; found the ids {shape.never}.", code="shape-fields"
            )
        if known is not None and (bare, shape, tokenizer) == (known_bare, known_shape, known.tokenizer):
            runtime = known.runtime
        else:  # what `shaped` returns, without checking all blocked words again
            runtime = bare if shape == Shape() else ShapedRuntime(bare, shape, tokenizer)
        training = None if header["training"] is None else training_of_values(header["training"])
        return LanguageModel(tokenizer, runtime, training, template)
    except BundleError:
        raise
    except (NextwordError, AttributeError, TypeError, ValueError, KeyError) as error:
        raise _contradicts_itself(name, error) from error


def _side_by_side(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """Return what two functions return, of which another thread runs the second; of two errors the first is raised."""
    results: list[Second] = []
    errors: list[Exception] = []

    def work() -> None:
        try:
            results.append(second())
        except Exception as error:
            errors.append(error)

    helper = threading.Thread(target=work)
    helper.start()
    try:
        result = first()
    finally:
        helper.join()
    if errors:
        raise errors[0]
    return result, results[0]


def _check_tensors(path: str | os.PathLike[str], tensors: Mapping[str, NDArray[Any]]) -> None:
    in_lines = "vocabulary.lines" in tensors
    unused = {"vocabulary.bytes", "vocabulary.lengths"} if in_lines else {"vocabulary.lines"}
    for name in sorted((OTHER_TENSORS.keys() - unused) | tensors.keys()):
        bare = without_mark(name)
        if bare.startswith(("ngram.", "cache.")):  # of several kinds: checked where they are put together
            continue
        others = {kind: OTHER_TENSORS[kind] for kind in OTHER_TENSORS if kind not in unused} | GROWN_TENSORS
        kinds = (np.float32, np.float16) if bare.startswith("weight.") else (others.get(name),)
        array = tensors.get(name)
        fits = array is not None and any(kind is not None and array.dtype == kind for kind in kinds)
        if not fits or (name in OTHER_TENSORS and array is not None and array.ndim != 1):
            received = "none" if array is None else f"{array.dtype} of shape {array.shape}"
            expected = "none" if kinds[0] is None else np.dtype(kinds[0]).name
            raise BundleCorruptError(
                f"{shown(path)}: the tensor {name!r:.80} should be {expected} and is {received}.",
                code="bundle-tensor",
                tensor=name,
            )


def _vocabulary(tensors: Mapping[str, NDArray[Any]], roles: tuple[str, ...], known: LanguageModel | None) -> Vocabulary:
    counts, words = tensors["vocabulary.counts"], texts_of("vocabulary", tensors)
    if (counts < 0).any():
        raise InputError("a word was counted less than 0 times.", code="vocabulary-damaged")
    check_words(words)
    all_words = (*SPECIAL_TOKENS, *roles, *words)
    if known is not None and (known.vocabulary.words, known.vocabulary.roles) == (all_words, roles):
        if np.array_equal(known.vocabulary.counts_array(), counts):
            return known.vocabulary
    return Vocabulary(all_words, counts, roles)  # type: ignore[arg-type]  # an array is checked sooner
