"""The most that a file may hold: one table, which blocking, saving and loading share.

Input: what there is and how much of it. Output: nothing, or an error that tells the limit. A limit keeps a forged file
from taking all memory; no model that can be trained should come near one.
"""

from collections.abc import Mapping
from types import MappingProxyType

from nextword.errors import InputError

LIMITS: Mapping[str, int] = MappingProxyType(
    {
        "file_bytes": 16 << 30,
        "header_bytes": 4 << 20,  # options, and a name and shape for each tensor; what grows is in tensors
        "tensors": 16_384,  # 8 parts of 48 layers have 5,000
        "words": 1 << 24,
        "words_bytes": 4 << 30,  # of all words; a single one may have them all, as a line of 4 MB without a space does
        "blocked": 1 << 20,
        "blocked_characters": 8_192,  # of one; `block` takes 256, of which a sign may become 18 in comparison form
        "blocked_bytes": 256 << 20,  # of all of them
        "epochs": 1 << 22,
        "notes": 65_536,
        "notes_bytes": 16 << 20,  # of all, with their figures
        "state_bytes": 16 << 30,  # of the tokens that a Transformer looks back on
        "checkpoint_bytes": 64 << 30,  # with the variables of the optimizer
        "checkpoint_header_bytes": 64 << 20,
        "progress_bytes": 1 << 30,  # of a checkpoint: a record an epoch
    }
)
"""The limits by name."""

_TITLES = {
    "file_bytes": "bytes in a file",
    "header_bytes": "bytes in the header of a file",
    "tensors": "tensors in a file",
    "words": "words in a vocabulary",
    "words_bytes": "bytes in the words of a vocabulary",
    "blocked": "blocked words",
    "blocked_characters": "characters in a blocked word",
    "blocked_bytes": "bytes in blocked words",
    "epochs": "epochs in the record of a training",
    "notes": "notes in the record of a training",
    "notes_bytes": "bytes in the notes of a training",
    "state_bytes": "bytes in the state of a network (shorten `context_length`)",
    "checkpoint_bytes": "bytes in a checkpoint",
    "checkpoint_header_bytes": "bytes in the header of a checkpoint",
    "progress_bytes": "bytes in the records of a checkpoint",
}


def check_limit(name: str, found: int) -> None:
    """Refuse more than a file may hold.

    Args:
        name: Name of the limit.
        found: How many there are.

    Raises:
        InputError: If there are more; code "over-limit", with `limit`, `found` and `most`.

    Examples:
        >>> check_limit("notes", 65_537)
        Traceback (most recent call last):
        ...
        nextword.errors.raised.InputError: the most is 65,536 notes in the record of a training; there are 65,537.
    """
    most = LIMITS[name]
    if found > most:
        raise InputError(
            f"the most is {most:,} {_TITLES[name]}; there are {found:,}.",
            code="over-limit",
            limit=name,
            found=found,
            most=most,
        )
