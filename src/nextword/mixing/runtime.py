"""A mixture at prediction time: the weighted mean of the distributions of several runtimes.

Input: runtimes over one vocabulary and a weight for each. Output: a `Runtime` whose state is theirs side by side. The
weights may depend on how much was read: at a fresh start a network knows least of the text at hand.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import InputError
from nextword.runtime import (
    Part,
    Runtime,
    State,
    WeightedSum,
    add_probabilities,
    distributions_of,
    parts_of,
    probabilities_of,
)

KNOTS = (1, 16, 256)
"""Tokens read, the first `<eos>` among them, at which a mixture has weights of their own: nothing, a little, more."""

_LOG_KNOTS = np.log(KNOTS)


def knot_shares(tokens_read: ArrayLike) -> NDArray[np.float64]:
    """Return how much the weights of each knot count after so many tokens: linear in the logarithm between two knots.

    Args:
        tokens_read: How many tokens were read, integers of shape (N,).

    Returns:
        float64 of shape (K, N), each column summing to 1.

    Examples:
        >>> knot_shares([0, 1, 4, 16, 1000]).round(2).tolist()
        [[1.0, 1.0, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]]
    """
    logs = np.log(np.maximum(np.asarray(tokens_read, np.float64), 1.0))
    return np.stack([np.interp(logs, _LOG_KNOTS, row) for row in np.eye(len(KNOTS))])


@dataclass(frozen=True, slots=True, eq=False)
class MixtureRuntime:
    """The weighted mean of several language models; made by `mix`.

    Args:
        models: Runtimes of one vocabulary. Where one has a method `confidence`, its weight is multiplied by its
            confidence, text by text, and the weights are divided by their sum.
        weights: One weight each, above 0, summing to 1, from 256 tokens read on.
        early_weights: The same after 1 and after 16 tokens; in between weights change with the logarithm of the tokens.
            Empty where it does not matter how much was read.

    Raises:
        InputError: If the vocabularies differ (code "vocabularies-differ"), or there are not such weights (code
            "weights-do-not-fit").

    References:
        Jelinek and Mercer, 1980, Interpolated estimation of Markov source parameters from sparse data.
    """

    models: tuple[Runtime, ...]
    weights: tuple[float, ...]
    early_weights: tuple[tuple[float, ...], ...] = ()
    _state_sizes: tuple[int, ...] = field(init=False, repr=False)
    _table: NDArray[np.float32] = field(init=False, repr=False)  # (256 + 1, M) by tokens read, or the late ones, (1, M)

    def __post_init__(self) -> None:
        """Check the parts, make plain tuples of all, and keep the sizes of their states."""
        rows = (*self.early_weights, self.weights)
        if not self.models or len(rows) not in (1, len(KNOTS)) or any(len(row) != len(self.models) for row in rows):
            raise InputError(
                f"a mixture has a weight for each part, of early weights {len(KNOTS) - 1} rows or none; received "
                f"{len(self.models)} parts, the weights {self.weights} and the early ones {self.early_weights}.",
                code="weights-do-not-fit",
                parts=len(self.models),
                weights=self.weights,
            )
        table = np.array(rows, np.float64)  # (K, M)
        if not ((table > 0.0) & (table <= 1.0)).all() or (np.abs(table.sum(axis=1) - 1.0) > 1e-6).any():
            raise InputError(
                f"the weights of a mixture are above 0 and sum to 1; received {rows}.",
                code="weights-do-not-fit",
                parts=len(self.models),
                weights=self.weights,
            )
        sizes = {part.vocabulary_size for part in self.models}
        if len(sizes) > 1:
            raise InputError(
                f"the parts of a mixture have one vocabulary; received sizes {sorted(sizes)}.",
                code="vocabularies-differ",
                vocabulary_sizes=tuple(sorted(sizes)),
            )
        *early, late = map(tuple, table.tolist())  # of lists and arrays too, as plain numbers, which can be saved
        object.__setattr__(self, "models", tuple(self.models))
        object.__setattr__(self, "weights", late)
        object.__setattr__(self, "early_weights", tuple(early))
        object.__setattr__(self, "_state_sizes", tuple(len(part.initial_state()) for part in self.models))
        if early:
            table = knot_shares(np.arange(KNOTS[-1] + 1)).T @ table
        by_tokens = table.astype(np.float32)
        by_tokens.flags.writeable = False
        object.__setattr__(self, "_table", by_tokens)

    @property
    def vocabulary_size(self) -> int:
        """V, the number of token ids."""
        return self.models[0].vocabulary_size

    def parts(self) -> tuple[Part, ...]:
        """Return the models with their weights."""
        return tuple(map(Part, self.models, self.weights))

    def initial_state(self, batch: int = 1) -> State:
        """Return the states of the parts, one after the other; with early weights also how many tokens were read, (B,).

        Args:
            batch: B, at least 1.

        Raises:
            InputError: If `batch` is no integer of at least 1.
        """
        states = tuple(array for part in self.models for array in part.initial_state(batch))
        return (*states, np.zeros(batch, np.int32)) if self.early_weights else states

    def advance(self, state: State, ids: ArrayLike) -> State:
        """Return the state after more tokens; `state` stays as it was.

        Args:
            state: State of B texts.
            ids: Integers of shape (B, T), or (B,) for one token a text; with B = 1 also (T,).

        Raises:
            InputTypeError: If the ids are no integers, or lists of different lengths.
            InputError: If their shape does not fit the state, or one is outside the vocabulary.
        """
        states = tuple(
            array for part, part_state in self.states_of_parts(state) for array in part.advance(part_state, ids)
        )
        if not self.early_weights:
            return states
        tokens = np.size(ids) // len(state[-1])
        return (*states, np.minimum(state[-1] + tokens, KNOTS[-1]).astype(np.int32))

    def log_probabilities(self, state: State) -> NDArray[np.float32]:
        """Return the natural log of the weighted mean of the parts' probabilities.

        Args:
            state: State of B texts.

        Returns:
            float32 of shape (B, V); `<pad>` has -inf.
        """
        mean = self.probabilities(state)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(mean, out=mean))

    def probabilities(self, state: State) -> NDArray[np.float32]:
        """Return the weighted mean of the parts' probabilities, float32 of shape (B, V).

        Args:
            state: State of B texts.
        """
        (first, first_state), *others = self.states_of_parts(state)
        weights = self._weights(state)
        mean = probabilities_of(first, first_state)
        mean *= weights[:, :1]
        for number, (part, part_state) in enumerate(others, start=1):
            add_probabilities(part, part_state, weights[:, number, None], mean)
        return mean

    def distributions(self, state: State) -> list[WeightedSum]:
        """Return the distribution of each text: the weighted sum of those of the parts.

        Args:
            state: State of B texts.
        """
        by_part = [distributions_of(part, part_state) for part, part_state in self.states_of_parts(state)]
        weights = self._weights(state).tolist()
        return [WeightedSum(*of_text) for of_text in zip(zip(*by_part, strict=True), weights, strict=True)]

    def _weights(self, state: State) -> NDArray[np.float32]:
        """Return the weights of the parts in each text, (B, M), multiplied by their confidences."""
        bare: NDArray[np.float32] = self._table[state[-1] if self.early_weights else np.zeros(len(state[0]), np.intp)]
        confidences = [confidence_of(part, part_state) for part, part_state in self.states_of_parts(state)]
        if len(confidences) == 1 or all(confidence is None for confidence in confidences):
            return bare
        weights = bare.copy()
        for number, confidence in enumerate(confidences):
            if confidence is not None:
                weights[:, number] *= confidence
        total = weights.sum(axis=1, keepdims=True)
        if not total.all():  # no part has any confidence, as in a mixture of empty caches: their own weights count
            weights = np.where(total > 0.0, weights, bare)
            total = weights.sum(axis=1, keepdims=True)
        weights /= total
        return weights

    def states_of_parts(self, state: State) -> Iterator[tuple[Runtime, State]]:
        """Yield each part with its own state.

        Args:
            state: State of B texts.
        """
        start = 0
        for part, size in zip(self.models, self._state_sizes, strict=True):
            yield part, state[start : start + size]
            start += size


def confidence_of(part: Runtime, state: State) -> NDArray[np.float32] | None:
    """Return by how much the weight of a part is multiplied in each text, as its method `confidence` says.

    Args:
        part: A runtime.
        state: Its state, of B texts.

    Returns:
        0 to 1, float32 of shape (B,); None for a part without that method, whose weight always stays.
    """
    tell = getattr(part, "confidence", None)
    return None if tell is None else np.asarray(tell(state), np.float32)


def weights_at_knots(runtime: Runtime) -> NDArray[np.float64]:
    """Return the weights of the parts of a runtime at each knot, float64 of shape (K, M).

    Args:
        runtime: A mixture, or any runtime, which is its only part.
    """
    early = getattr(runtime, "early_weights", ())
    late = tuple(part.weight for part in parts_of(runtime))
    return np.array((*(early or (late,) * (len(KNOTS) - 1)), late), np.float64)
