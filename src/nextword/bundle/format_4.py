"""Bundles of format 4 -> header of format 5.

Input: what a file of format 4 holds. Output: the same as format 5 could have written it. Only this module knows format
4, in which no tensor was compressed and every network had one softmax over all words. Words of n-grams stood there as
they are, and words had lengths; both still may.
"""

from collections.abc import Mapping
from typing import Any

from nextword.errors import InputError
from nextword.networks.kinds import NETWORKS


def from_format_4(header: Mapping[str, Any], tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Return a header as format 5 has it; the tensors are the same.

    Args:
        header: The header of a file of format 4.
        tensors: Its tensors by name.

    Returns:
        A new header; the given one stays as it was.

    Raises:
        InputError: If it has what format 4 did not have; code "not-of-format-4".
    """
    later = ["compressed"] if "compressed" in header else []
    later += sorted(name for name in tensors if name.endswith((".ranks", ".ranks.large", "vocabulary.lines")))
    if later:
        raise InputError(f"a file of format 4 has no {later[0]!r}.", code="not-of-format-4", name=later[0])
    return {**header, "network": _with_one_softmax(header["network"]), "compressed": {}}


def _with_one_softmax(network: Any) -> Any:
    """Return what a header says of a runtime, with the option of networks that was not there: no clusters of words."""
    if not isinstance(network, Mapping):
        return network
    if isinstance(network.get("parts"), list):
        return {**network, "parts": [_with_one_softmax(part) for part in network["parts"]]}
    if network.get("kind") not in [kind.name for kind in NETWORKS]:
        return network
    if "cutoffs" in network:
        raise InputError("a file of format 4 has no 'cutoffs'.", code="not-of-format-4", name="cutoffs")
    return {**network, "cutoffs": []}
