"""The keys and values that a Transformer keeps of a text, as states that never change.

Input: a state, and one token more. Output: the next state, with room for the keys and values of that token. All states
along a text share one cache; branches get copies. What a token sees is decided by its position only: positions are
counted in blocks of C/2 tokens, and a token sees its own block and the one before. So the cache has room for C tokens;
when both blocks are full, the newer one becomes the older one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class KeyValueCache:
    """Room for the keys and values of C tokens, filled from the left; what is filled is never changed.

    To go on from a state, the next token is written in place behind it; if another state has taken that position, a
    copy is made. So all states along a text share one cache, and none of them ever changes.

    Args:
        shape: (num_layers, num_heads, C, head width).

    Attributes:
        keys: float32 of that shape.
        values: float32 of that shape.
        owners: Who wrote each position of the cache.
    """

    __slots__ = ("keys", "owners", "values")

    def __init__(self, shape: tuple[int, ...]) -> None:
        """Make room, with nothing in it."""
        self.keys: Floats = np.empty(shape, np.float32)
        self.values: Floats = np.empty(shape, np.float32)
        self.owners: dict[int, object] = {}


@dataclass(frozen=True, slots=True, eq=False)
class KeyValueState:
    """What a Transformer remembers of one text; two are equal where the same was read with the same result.

    Attributes:
        cache: Keys and values.
        position: Number of tokens read.

    References:
        Dai et al., 2019, Transformer-XL (the block before is remembered).
    """

    cache: KeyValueCache
    position: int

    @property
    def length(self) -> int:
        """Tokens in the cache: up to C at first, then from C/2 + 1 to C."""
        block = self.cache.keys.shape[2] // 2
        return self.position if self.position <= block else block + 1 + (self.position - 1) % block

    def grown(self) -> "KeyValueState":
        """Return a state of one token more, whose keys and values are still to be written at its last position."""
        cache, owner = self.cache, object()
        length, capacity = self.length, cache.keys.shape[2]
        if length == capacity:
            remembered = slice(capacity // 2, capacity)  # both blocks are full: the older one is forgotten
        elif cache.owners.setdefault(length, owner) is owner:  # in one step, so that one of two threads is the owner
            return KeyValueState(cache, self.position + 1)
        else:
            remembered = slice(0, length)
        copy = KeyValueCache(cache.keys.shape)
        new_length = remembered.stop - remembered.start
        copy.keys[:, :, :new_length] = cache.keys[:, :, remembered]
        copy.values[:, :, :new_length] = cache.values[:, :, remembered]
        copy.owners[new_length] = owner
        return KeyValueState(copy, self.position + 1)

    def __eq__(self, other: object) -> bool:
        """Compare what was read, bit by bit."""
        if not isinstance(other, KeyValueState):
            return NotImplemented
        length = self.length
        return self.position == other.position and all(
            np.array_equal(mine[:, :, :length], others[:, :, :length])
            for mine, others in ((self.cache.keys, other.cache.keys), (self.cache.values, other.cache.values))
        )

    __hash__ = None  # type: ignore[assignment]
