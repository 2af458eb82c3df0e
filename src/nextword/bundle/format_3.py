"""Bundles of format 3 -> header and tensors of format 4.

Input: what a file of format 3 holds. Output: the same as format 4 would have written it. Only this module knows format
3, in which blocked words, perplexities and notes were lists in the header.
"""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from nextword.bundle.grown import GROWN_TENSORS, packed
from nextword.errors import InputError


def from_format_3(
    header: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return header and tensors as format 4 has them.

    Args:
        header: The header of a file of format 3.
        tensors: Its tensors by name.

    Returns:
        A new header and tensors; the given ones stay as they were.

    Raises:
        InputError: If it has a tensor that format 3 did not have (code "not-of-format-3"), or a list is none
            ("lists-damaged").
        KeyError: If the header has no shape or no training.
    """
    later = sorted(GROWN_TENSORS.keys() & tensors.keys())
    if later:
        raise InputError(f"a file of format 3 has no tensor {later[0]!r}.", code="not-of-format-3", name=later[0])
    upgraded, grown = packed(header)
    return upgraded, {**tensors, **grown}
