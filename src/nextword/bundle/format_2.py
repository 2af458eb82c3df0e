"""Bundles of format 2 -> header of format 3.

Input: the header of a file of format 2. Output: the same as format 3 would have written it. Only this module knows
format 2, in which the weights of a mixture did not depend on how much was read, and trainings kept the texts in order.
"""

from collections.abc import Mapping
from typing import Any

from nextword.errors import InputError


def from_format_2(header: Mapping[str, Any]) -> dict[str, Any]:
    """Return a header as format 3 has it; the tensors are the same.

    Args:
        header: The header of a file of format 2.

    Returns:
        A new header; the given one stays as it was.

    Raises:
        InputError: If it has what format 2 did not have; code "not-of-format-2".
        KeyError: If the header has no network.
    """
    upgraded = {**header, "network": header["network"]}
    network, training = header["network"], header.get("training")
    if isinstance(network, dict) and network.get("kind") == "mixture":
        upgraded["network"] = _with(network, early_weights=[])
    if isinstance(training, dict) and isinstance(training.get("config"), dict):
        upgraded["training"] = {**training, "config": _with(training["config"], shuffle=False)}
    return upgraded


def _with(values: Mapping[str, Any], **added: Any) -> dict[str, Any]:
    """Return values with what format 3 added to them."""
    for name in added:
        if name in values:
            raise InputError(f"a file of format 2 has no {name!r}.", code="not-of-format-2", name=name)
    return {**values, **added}
