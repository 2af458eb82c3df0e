"""The layout of a bundle: its constants, and which of its tensors belong to what.

Input: the tensors of a bundle. Output: those of its runtime.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.bundle.grown import GROWN_TENSORS
from nextword.files.sealed import DIGEST

FORMAT_VERSION = 5
_UNTRAINED = {
    "format_version": int,
    "tokenizer": dict,
    "network": dict,
    "shape": dict,
    "training": type(None),
    "compressed": dict,
}
_TEXTS = (_UNTRAINED, {**_UNTRAINED, "training": dict})
# A model of conversations has a template too.
HEADER_KINDS = (*_TEXTS, *({**kind, "template": dict} for kind in _TEXTS))
# The tensors that are no part of the runtime. Every bundle has them all, words in lines or as bytes with lengths.
OTHER_TENSORS = {
    "vocabulary.lines": np.uint8,
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
    others = OTHER_TENSORS.keys() | GROWN_TENSORS.keys()
    return {name: array for name, array in tensors.items() if name not in others}
