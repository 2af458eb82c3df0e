"""The contract of everything that answers at prediction time: two pure functions on values.

Input: any model. Output: what can be asked of it. `advance` reads tokens into a state, `log_probabilities` says what
comes next. Whatever a user sees is composed of these two, so a new kind of model brings its own two and nothing else. A
mixture also tells its `parts`; a part whose weight depends on the text read has a method `confidence`, as the recency
cache does; a model that has `probabilities` or `logits` before it has log-probabilities may offer them as methods, or
`add_probabilities` to those of others, which saves time (`whole.py`); and one that can answer for some tokens without
computing all may offer its `distributions` (`distribution.py`).
"""

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


def check_state(runtime: Runtime, state: object) -> None:
    """Raise `InputTypeError` unless `state` has the form of what a runtime's `advance` returns.

    Args:
        runtime: A runtime.
        state: What was given as its state.

    Raises:
        InputTypeError: If it is no tuple of as many arrays, all of the same number of texts; code "not-a-state".
    """
    form = runtime.initial_state()
    is_one = isinstance(state, tuple) and len(state) == len(form)
    if is_one and all(isinstance(array, np.ndarray) for array in state):  # type: ignore[attr-defined]
        axes = [array.ndim for array in state]  # type: ignore[attr-defined]
        if axes == [array.ndim for array in form] and len({len(array) for array in state}) == 1:  # type: ignore[attr-defined]
            return
    raise InputTypeError(
        f"`state` is what `initial_state` or `advance` of the runtime returned, a tuple of {len(form)} arrays; "
        f"received {described(state)}.",
        code="not-a-state",
        argument="state",
        received=type(state).__name__,
    )
