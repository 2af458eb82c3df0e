"""The contract of everything that answers at prediction time: two pure functions on values.

`advance` reads tokens into a state, `log_probabilities` says what comes next. Whatever a user sees is composed of these
two, so a new kind of model brings its own two and nothing else. A mixture also tells its `parts`; a part whose weight
depends on the text read has a method `confidence`, as the recency cache does; and a model that has `probabilities` or
`logits` before it has log-probabilities may offer them as methods, or `add_probabilities` to those of others, which
saves time.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import InputError, InputTypeError, described

# Arrays whose first axis is the batch B, so that states can be stacked without knowing what is in them.
State: TypeAlias = tuple[NDArray[Any], ...]


@runtime_checkable
class Runtime(Protocol):
    """A language model over token ids, NumPy alone; immutable, so threads and forked children may share it."""

    @property
    def vocabulary_size(self) -> int:
        """V, the number of token ids."""

    def initial_state(self, batch: int = 1) -> State:
        """Return the state before any token, for B texts at once.

        Args:
            batch: B, at least 1.

        Raises:
            InputError: If `batch` is no integer of at least 1.
        """

    def advance(self, state: State, ids: ArrayLike) -> State:
        """Return the state after more tokens; `state` stays as it was.

        Args:
            state: What `initial_state` or `advance` returned, for B texts.
            ids: Integers of shape (B, T), or (B,) for one token a text; with B = 1 also (T,).

        Raises:
            InputTypeError: If the ids are no integers, or lists of different lengths.
            InputError: If their shape does not fit the state, or one is outside the vocabulary.
        """

    def log_probabilities(self, state: State) -> NDArray[np.float32]:
        """Return the natural log of the next token's probabilities, float32 of shape (B, V); `<pad>` has -inf."""


class Part(NamedTuple):
    """A runtime among those that are mixed, and its weight there.

    Attributes:
        runtime: The part.
        weight: Above 0 to 1.
    """

    runtime: Runtime
    weight: float


def parts_of(runtime: Runtime) -> tuple[Part, ...]:
    """Return the parts of a mixture, from its `parts` method; a runtime without one is its only part.

    Args:
        runtime: Any runtime.

    Returns:
        Parts whose weights sum to 1. The shape of the runtime itself is left out; a part may be a mixture, or have a
        shape.
    """
    tell = getattr(runtime, "parts", None)
    parts: tuple[Part, ...] = (Part(runtime, 1.0),) if tell is None else tell()
    return parts


def models_in(runtime: Runtime) -> tuple[Runtime, ...]:
    """Return all runtimes that are no mixtures, of mixtures in mixtures and of shapes too.

    Args:
        runtime: Any runtime.
    """
    parts = parts_of(runtime)
    if len(parts) == 1 and parts[0].runtime is runtime:
        return (runtime,)
    return tuple(model for part in parts for model in models_in(part.runtime))


def probabilities_of(runtime: Runtime, state: State) -> NDArray[np.float32]:
    """Return the probabilities of the next token, by the method `probabilities` of a runtime that has one.

    Runtimes that compute probabilities first need not take their logarithms for a mixture that takes exponentials.

    Args:
        runtime: Any runtime.
        state: State of B texts.

    Returns:
        A new array, float32 of shape (B, V).
    """
    tell = getattr(runtime, "probabilities", None)
    return np.asarray(np.exp(runtime.log_probabilities(state)) if tell is None else tell(state))


def add_probabilities(runtime: Runtime, state: State, weights: NDArray[np.float32], total: NDArray[np.float32]) -> None:
    """Add weighted probabilities of the next token, by the method `add_probabilities` of a runtime that has one.

    Args:
        runtime: Any runtime.
        state: State of B texts.
        weights: One a text, float32 of shape (B, 1).
        total: What they are added to in place, float32 of shape (B, V).
    """
    tell = getattr(runtime, "add_probabilities", None)
    if tell is not None and len(total) > 1:  # of a single text the distribution itself is quicker
        tell(state, weights, total)
        return
    probabilities = probabilities_of(runtime, state)
    for rows in row_blocks(probabilities):
        probabilities[rows] *= weights[rows]
        total[rows] += probabilities[rows]


def logits_of(runtime: Runtime, state: State) -> NDArray[np.float32]:
    """Return log-probabilities plus any one number a text, by the method `logits` of a runtime that has one.

    A caller that changes and normalises them saves the runtime a normalisation.

    Args:
        runtime: Any runtime.
        state: State of B texts.

    Returns:
        float32 of shape (B, V), not to be changed.
    """
    tell = getattr(runtime, "logits", None)
    return np.asarray(runtime.log_probabilities(state) if tell is None else tell(state))


# Suggestions that a user sees at once; mixtures and figures are judged by them.
SUGGESTIONS = 3

# So many states are scored by one product with the output matrix, fewer where a distribution is long: 32 MB of them.
CHUNK, CHUNK_NUMBERS, LEAST_CHUNK = 256, 1 << 23, 16

# What is done number by number is done to so many numbers at once, which stay in the second cache of a processor.
BLOCK_NUMBERS = 1 << 17


def rows_at_once(vocabulary_size: int) -> int:
    """Return how many distributions are computed at once, 256 for vocabularies of up to 32,768 words.

    Args:
        vocabulary_size: V.

    Examples:
        >>> rows_at_once(10_000), rows_at_once(190_000), rows_at_once(10_000_000)
        (256, 44, 16)
    """
    return min(CHUNK, max(LEAST_CHUNK, CHUNK_NUMBERS // max(vocabulary_size, 1)))


def row_blocks(array: NDArray[Any]) -> Iterator[slice]:
    """Yield spans of the rows of a matrix, of about 512 kB in float32 each and one row at least.

    Args:
        array: Of shape (B, V).
    """
    rows = max(1, BLOCK_NUMBERS // max(array.shape[1], 1))
    for start in range(0, len(array), rows):
        yield slice(start, start + rows)


def states_along(runtime: Runtime, state: State, ids: NDArray[np.int32]) -> Iterator[tuple[NDArray[np.int32], State]]:
    """Yield the ids (N,) of one text, as many at a time as `rows_at_once` says, with the states before each of them.

    Args:
        runtime: A language model.
        state: Its state before the first id, of one text.
        ids: Token ids of shape (N,).

    Yields:
        Ids (n,) and the states before each of them, as those of a batch of n texts.
    """
    rows = rows_at_once(runtime.vocabulary_size)
    for start in range(0, len(ids), rows):
        targets = ids[start : start + rows]
        states = []
        for token_id in targets:
            states.append(state)
            state = runtime.advance(state, token_id.reshape(1))
        yield targets, joined_states(states)


def log_probabilities_along(
    runtime: Runtime, state: State, ids: NDArray[np.int32]
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float32]]]:
    """Yield the ids (N,) of one text, as many at a time as `rows_at_once` says, with what was expected of each.

    Args:
        runtime: A language model.
        state: Its state before the first id, of one text.
        ids: Token ids of shape (N,).

    Yields:
        Ids (n,) and, float32 of shape (n, V), the log-probabilities before each of them.
    """
    for targets, states in states_along(runtime, state, ids):
        yield targets, runtime.log_probabilities(states)


def joined_states(states: Sequence[State]) -> State:
    """Return the states of several batches of texts as those of one batch.

    Args:
        states: At least one state of the same runtime, of any number of texts each.
    """
    return tuple(np.concatenate(arrays) for arrays in zip(*states, strict=True))


def perplexity_of(cross_entropy: float) -> float:
    """Return exp of a mean cross-entropy in nats a token: infinite where a token was impossible.

    Args:
        cross_entropy: Nats a token.

    Examples:
        >>> round(perplexity_of(4.605), 1), perplexity_of(math.inf)
        (100.0, inf)
    """
    try:
        return math.exp(cross_entropy)
    except OverflowError:  # above 709 nats
        return math.inf


def is_runtime(value: object) -> bool:
    """Return whether a value is a runtime, and no class of them.

    Args:
        value: Anything.
    """
    return not isinstance(value, type) and isinstance(value, Runtime)


def check_runtime(name: str, value: object) -> None:
    """Raise `InputTypeError` unless `value` is a runtime.

    Args:
        name: Name of the argument.
        value: What was given.

    Raises:
        InputTypeError: If it is something else; code "not-a-runtime".
    """
    if is_runtime(value):
        return
    has_one = is_runtime(getattr(value, "runtime", None))
    way_out = "Give its `.runtime`." if has_one else "`build_ngram`, `build_cache` and `to_runtime(model)` make one."
    raise InputTypeError(
        f"`{name}` must be a runtime; received {described(value)}. {way_out}",
        code="not-a-runtime",
        argument=name,
        received=type(value).__name__,
    )


def check_batch(batch: object) -> None:
    """Raise `InputError` unless `batch` is a number of texts.

    Args:
        batch: B, an integer of at least 1.

    Raises:
        InputError: If it is not; code "batch-out-of-range".
    """
    if isinstance(batch, bool) or not isinstance(batch, int | np.integer) or batch < 1:
        raise InputError(
            f"`batch` is the number of texts, an integer of at least 1; received {batch!r}.",
            code="batch-out-of-range",
            batch=batch,
        )


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return exponentials of logits divided by their sum, in place.

    Args:
        logits: float32 of shape (B, V); they are changed.

    Returns:
        The same array: probabilities that sum to 1 in every row.
    """
    for rows in row_blocks(logits):
        block = logits[rows]
        block -= block.max(axis=-1, keepdims=True)
        np.exp(block, out=block)
        block /= block.sum(axis=-1, keepdims=True)
    return logits


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return logits minus the log of the sum of their exponentials, in place.

    Args:
        logits: float32 of shape (B, V); they are changed.

    Returns:
        The same array: natural logs of probabilities that sum to 1 in every row.
    """
    for rows in row_blocks(logits):
        block = logits[rows]
        block -= block.max(axis=-1, keepdims=True)
        block -= np.log(np.exp(block).sum(axis=-1, keepdims=True))
    return logits
