"""The layout of a bundle: its constants, and the checks that writing and reading share.

Input: tensors or words of a bundle. Output: the tensors of its runtime, or an error for words that it cannot hold.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError
from nextword.files.sealed import DIGEST

FORMAT_VERSION = 3
MAX_FILE_BYTES = 2 << 30
MAX_HEADER_BYTES = 1 << 20
_UNTRAINED = {"format_version": int, "tokenizer": dict, "network": dict, "shape": dict, "training": type(None)}
_TEXTS = (_UNTRAINED, {**_UNTRAINED, "training": dict})
# A model of conversations has a template too.
HEADER_KINDS = (*_TEXTS, *({**kind, "template": dict} for kind in _TEXTS))
# The tensors that are no part of the runtime.
OTHER_TENSORS = {
    "vocabulary.bytes": np.uint8,
    "vocabulary.lengths": np.int64,
    "vocabulary.counts": np.int64,
    DIGEST: np.uint8,
}


def network_tensors(tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the tensors of a bundle that its runtime is built from, by name.

    Args:
        tensors: All tensors of a bundle by name.
    """
    return {name: array for name, array in tensors.items() if name not in OTHER_TENSORS}


# What `clean_text` always takes out of a text, and what could act on a terminal: controls, line ends, text directions.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def check_words(words: Sequence[str]) -> None:
    """Refuse words that are empty or have control characters.

    Args:
        words: Words of a vocabulary, without special and role tokens.

    Raises:
        InputError: If there is none or one is empty (code "word-empty"), or one has control characters (code
            "control-characters").
    """
    if not words or not all(words):
        raise InputError("a vocabulary has words, and none of them is empty.", code="word-empty", words=len(words))
    if _CONTROLS.search("".join(words)):
        bad = next(word for word in words if _CONTROLS.search(word))
        raise InputError(
            f"words have no control characters; received {bad!a:.80}. `build_tokenizer` cleans its texts.",
            code="control-characters",
            word=bad,
        )
