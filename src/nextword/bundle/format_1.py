"""Bundles of format 1 -> header and tensors of format 2.

Input: what a file of format 1 holds. Output: the same as format 2 would have written it. Only this module knows format
1, in which temperature, masked role tokens and blocked words were networks around a network, a weight had another name,
trainings had fewer options, and notes were bare sentences.
"""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from nextword.errors import InputError
from nextword.tokens.template import ROLE_TOKENS
from nextword.tokens.vocabulary import SPECIAL_TOKENS

_RENAMED = {"weight.entrance/kernel": "weight.input_projection/kernel"}

# Options that the first bundles lack, and what held when they were written.
_ADDED_OPTIONS = {"precision": "float32", "optimizer": "sgd", "weight_decay": 0.0, "warmup_share": 0.0}

# From the outside in, and the fields that each had beside `kind` and `base`.
_WRAPPERS = {"blocked": {"words"}, "temperature": {"temperature"}, "masked": set[str]()}


def from_format_1(
    header: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return header and tensors as format 2 has them.

    Args:
        header: The header of a file of format 1.
        tensors: Its tensors by name.

    Returns:
        New header and tensors; the given ones stay as they were.

    Raises:
        InputError: If the header has a shape, networks are nested or tensors named in a way that format 1 did not
            have; code "not-of-format-1".
        KeyError: If the header has no network.
    """
    if "shape" in header:
        raise InputError("a file of format 1 has no shape.", code="not-of-format-1")
    network, shape = _unwrapped(header["network"])
    upgraded = {**header, "network": network, "shape": shape}
    training = header.get("training")
    if isinstance(training, dict):
        upgraded["training"] = _training(training)
    return upgraded, {_renamed(name): array for name, array in tensors.items()}


def _unwrapped(network: Any) -> tuple[Any, dict[str, Any]]:
    shape: dict[str, Any] = {}
    for kind, names in _WRAPPERS.items():
        if isinstance(network, dict) and network.get("kind") == kind:
            if set(network) != {"kind", "base", *names} or not isinstance(network["base"], dict):
                raise InputError(
                    f"a network of the kind {kind!r} has a network in it; found {network!r:.200}.",
                    code="not-of-format-1",
                )
            if kind == "blocked":
                shape["blocked"] = network["words"]
            elif kind == "temperature":
                shape["temperature"] = network["temperature"]
            else:
                shape["never"] = list(range(len(SPECIAL_TOKENS), len(SPECIAL_TOKENS) + len(ROLE_TOKENS)))
            network = network["base"]
    return network, shape


def _training(training: dict[str, Any]) -> dict[str, Any]:
    upgraded = dict(training)
    if isinstance(training.get("config"), dict):
        upgraded["config"] = {**_ADDED_OPTIONS, **training["config"]}
    notes = training.get("notes")
    if isinstance(notes, list):
        upgraded["notes"] = [
            {"text": note if isinstance(note, str) else None, "code": "", "figures": {}} for note in notes
        ]
    return upgraded


def _renamed(name: str) -> str:
    mark, colon, bare = name.rpartition(":")
    if bare in _RENAMED.values():
        raise InputError(f"no tensor of format 1 is named {name!r:.80}.", code="not-of-format-1")
    return f"{mark}{colon}{_RENAMED.get(bare, bare)}"
