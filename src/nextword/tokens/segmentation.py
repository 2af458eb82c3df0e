"""Segmentation: cut Chinese, which has no spaces, into words.

Input: unbroken runs of Han characters. Output: their words, in order, which together are the run again. The default,
rjieba, finds words by dictionary and a hidden Markov model; `"characters"` needs no package; any function from a run to
its words can take their place.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Literal, TypeAlias

from nextword.errors import ConfigError, InputError, InputTypeError, NextwordError, described
from nextword.tokens.characters import HAN, character_classes, may_have_marks

Segmenter: TypeAlias = Callable[[str], Iterable[str]]
"""A function from a run of Han characters to its words; equal runs must give equal words."""


class MissingSegmenterError(NextwordError, ImportError):
    """The package that cuts Chinese into words is not installed."""


def build_segmenter(segmenter: Literal["rjieba", "characters"] | Segmenter = "rjieba") -> Segmenter:
    """Return the function that cuts Chinese: a built-in one by name, or the given one as it is.

    Args:
        segmenter: `"rjieba"` for words, `"characters"` for one word a Han character, or a function of your own, which
            gets runs such as `"我喜欢苹果"` and returns their words, `["我", "喜欢", "苹果"]`.

    Raises:
        ConfigError: If there is no such segmenter; code "option-out-of-range".

    Examples:
        >>> build_segmenter("characters")("我喜欢")
        ['我', '喜', '欢']
        >>> build_segmenter("rjieba")("我喜欢苹果")
        ['我', '喜欢', '苹果']
    """
    if isinstance(segmenter, str) and segmenter == "rjieba":
        return segment_words
    if isinstance(segmenter, str) and segmenter == "characters":
        return segment_characters
    if not callable(segmenter):
        raise ConfigError(
            f'`segmenter` must be "rjieba", "characters" or a function from a Chinese text to its words; '
            f"received {described(segmenter)}.",
            code="option-out-of-range",
            option="segmenter",
            value=segmenter,
        )
    return segmenter


def segment_words(run: str) -> list[str]:
    """Return the words of a Chinese run as rjieba cuts it, unknown words guessed by its hidden Markov model.

    Args:
        run: An unbroken run of Han characters.

    Raises:
        MissingSegmenterError: If rjieba is not installed; code "package-missing".

    Examples:
        >>> segment_words("今天天气很好")
        ['今天天气', '很', '好']
    """
    return _rjieba_cut()(run)


def segment_characters(run: str) -> list[str]:
    """Return the Han characters of a run, each with its marks.

    Args:
        run: An unbroken run of Han characters and marks.

    Examples:
        >>> segment_characters("今天")
        ['今', '天']
    """
    return re.findall(f"[{HAN}][^{HAN}]*|[^{HAN}]+", run)


def segment_runs(runs: Sequence[str], segmenter: Segmenter = segment_words) -> list[str]:
    r"""Return the words of several runs in one list, `"\n"` after each run; marks stay with the word before.

    One flat list, since a list for each run makes Python's garbage collector take twice the time of the cutting.

    Args:
        runs: Unbroken runs of Han characters and marks, without line breaks; each starts with a Han character.
        segmenter: As `build_segmenter` returns it.

    Returns:
        Words of at least one character, in order, and one `"\n"` a run.

    Raises:
        InputError: If the words of a run do not make up that run; code "segmenter-changes-text".
        InputTypeError: If the segmenter is no function or returns something else than strings; codes
            "segmenter-not-callable" and "segmenter-not-strings".

    Examples:
        >>> segment_runs(["我喜欢苹果", "不是吗"])
        ['我', '喜欢', '苹果', '\n', '不是', '吗', '\n']
    """
    if not callable(segmenter):
        raise InputTypeError(
            f"`segmenter` must be a function from a Chinese text to its words; received {type(segmenter).__name__}. "
            "`build_segmenter(name)` returns the built-in ones.",
            code="segmenter-not-callable",
            received=type(segmenter).__name__,
        )
    # One call for all runs saves most of the cost of short ones. Only rjieba is known to keep line breaks apart.
    if segmenter is segment_words and not may_have_marks(joined := "\n".join(runs)):
        return [*segmenter(joined), "\n"]
    words: list[str] = []
    for run in runs:
        words += _segment_checked(run, segmenter)
        words.append("\n")
    return words


def _segment_checked(run: str, segmenter: Segmenter) -> list[str]:
    """Return the words of one run, checked against it."""
    pieces = list(segmenter(run))
    if not all(isinstance(piece, str) for piece in pieces):
        raise InputTypeError(
            f"the segmenter must return strings; for {run!r} it returned {pieces!r}.",
            code="segmenter-not-strings",
            run=run,
            pieces=pieces,
        )
    if "".join(pieces) != run:
        raise InputError(
            "the words of a segmenter must make up the text again, without spaces or changes; "
            f"for {run!r} it returned {pieces!r}.",
            code="segmenter-changes-text",
            run=run,
            pieces=pieces,
        )
    words: list[str] = []
    for piece in filter(None, pieces):
        marks = _marks_ahead().match(piece)
        if words and marks:
            words[-1] += marks.group()
            piece = piece[marks.end() :]
        if piece:
            words.append(piece)
    return words


@cache
def _rjieba_cut() -> Callable[[str], list[str]]:
    """Load rjieba at the first Chinese run: its dictionary takes a tenth of a second."""
    try:
        import rjieba
    except ImportError as error:
        raise MissingSegmenterError(
            "cutting Chinese into words needs the package rjieba, which is not installed. Run `pip install rjieba`, "
            'or choose segmenter="characters".',
            code="package-missing",
            package="rjieba",
        ) from error
    # A separate instance: words that a program adds to rjieba's shared dictionary must not change a saved model.
    cut: Callable[[str], list[str]] = rjieba.Jieba().cut
    return cut


@cache
def _marks_ahead() -> re.Pattern[str]:
    """Compile the pattern of a run of marks."""
    return re.compile(f"[{character_classes().marks}]+")
