"""The NumPy twin of the Keras LSTM: the same network at prediction time, without TensorFlow.

Input: a config and the weights by name. Output: a `Runtime`. One token costs one product of a vector and a matrix a
layer; every token takes the same path whether it comes alone or in a text, so a carried state equals a fresh start to
the last bit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import check_ids
from nextword.networks.clusters import cutoffs_of
from nextword.networks.lstm.config import LSTMConfig
from nextword.networks.vocabulary_ends import Output, TokenVectors, output_layer, token_vectors
from nextword.networks.weights import checked_weights
from nextword.runtime import Distribution, State, check_batch, log_softmax


@dataclass(frozen=True, slots=True, eq=False)
class LSTMRuntime:
    """An LSTM language model in NumPy.

    Args:
        config: Sizes of the network; kept with the ids at which clusters begin, where they were left to choose.
        weights: Every weight by name, as `LSTMConfig.weight_shapes` lists them, float32; kept as read-only copies.

    Raises:
        InputError: If a weight is missing, unknown, of another shape or not finite; codes "weights-do-not-fit" and
            "weight-not-finite".

    References:
        Hochreiter and Schmidhuber, 1997, Long Short-Term Memory.
    """

    config: LSTMConfig
    weights: Mapping[str, NDArray[np.float32]]
    _cells: tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...] = field(init=False, repr=False)
    _embedding: TokenVectors = field(init=False, repr=False)
    _output: Output = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the weights and lay them out for one product a token and layer."""
        weights = checked_weights(self.config, self.weights)
        cells = []
        for layer in range(self.config.num_layers):
            stacked = np.concatenate([weights[f"lstm_{layer}/kernel"], weights[f"lstm_{layer}/recurrent_kernel"]])
            cells.append((_by_gate(stacked), _by_gate(weights[f"lstm_{layer}/bias"])))
        object.__setattr__(self, "weights", MappingProxyType(weights))
        object.__setattr__(self, "_cells", tuple(cells))
        cutoffs = cutoffs_of(self.config, len(weights["logits/bias"]))
        object.__setattr__(self, "config", replace(self.config, cutoffs=cutoffs))
        object.__setattr__(self, "_embedding", token_vectors(weights, cutoffs))
        object.__setattr__(self, "_output", output_layer(weights, cutoffs))

    @property
    def vocabulary_size(self) -> int:
        """V, the number of token ids."""
        return len(self.weights["logits/bias"])

    def initial_state(self, batch: int = 1) -> State:
        """Return zeros: two arrays (B, H) a layer, the output and the cell state.

        Args:
            batch: B, the number of texts.

        Raises:
            InputError: If `batch` is no integer of at least 1.
        """
        check_batch(batch)
        return tuple(np.zeros((batch, self.config.hidden_dim), np.float32) for _ in range(2 * self.config.num_layers))

    def advance(self, state: State, ids: ArrayLike) -> State:
        """Return the state after more tokens.

        Args:
            state: The state before, of B texts.
            ids: Integers of shape (B, T), or as `Runtime.advance` says.

        Raises:
            InputTypeError: If the ids are no integers; codes of `check_ids`.
            InputError: If they do not fit the state or the vocabulary; codes of `check_ids`.
        """
        rows = check_ids(ids, self.vocabulary_size, rows=len(state[0]))
        for column in rows.T:
            state = self._step(state, self._embedding.of(column))
        return state

    def log_probabilities(self, state: State) -> NDArray[np.float32]:
        """Return the natural log of the next token's probabilities, float32 of shape (B, V); `<pad>` has -inf.

        Args:
            state: Of B texts.
        """
        return log_softmax(self.logits(state))

    def probabilities(self, state: State) -> NDArray[np.float32]:
        """Return the next token's probabilities, float32 of shape (B, V).

        Args:
            state: Of B texts.
        """
        return self._output.probabilities(state[-2])

    def distributions(self, state: State) -> list[Distribution]:
        """Return the distribution of each of B texts, of which only what is asked for is computed.

        Args:
            state: Of B texts.
        """
        return self._output.distributions(state[-2])

    def logits(self, state: State) -> NDArray[np.float32]:
        """Return log-probabilities before they are normalised, float32 of shape (B, V).

        Args:
            state: Of B texts.
        """
        return self._output.logits(state[-2])  # of the output of the last layer, (B, H)

    def _step(self, state: State, inputs: NDArray[np.float32]) -> State:
        size = self.config.hidden_dim
        new_state: list[NDArray[np.float32]] = []
        for layer, (kernel, bias) in enumerate(self._cells):
            output, cell = state[2 * layer], state[2 * layer + 1]
            gates = np.concatenate((inputs, output), axis=1) @ kernel  # (B, 4H): input, forget, output, candidate
            gates += bias
            np.tanh(gates, out=gates)
            sigmoids = gates[:, : 3 * size]
            sigmoids += 1.0  # sigmoid(x) = (tanh(x / 2) + 1) / 2; the inner half is in the kernel
            sigmoids *= 0.5
            new_cell = sigmoids[:, size : 2 * size] * cell
            new_cell += sigmoids[:, :size] * gates[:, 3 * size :]
            inputs = np.tanh(new_cell)
            inputs *= sigmoids[:, 2 * size :]
            new_state += (inputs, new_cell)
        return tuple(new_state)


def _by_gate(array: NDArray[np.float32]) -> NDArray[np.float32]:
    # Keras orders the gates input, forget, candidate, output. The three sigmoids come first and are halved here.
    gate_in, forget, candidate, gate_out = np.split(array, 4, axis=-1)
    half = np.float32(0.5)
    ordered = np.concatenate([half * gate_in, half * forget, half * gate_out, candidate], axis=-1)
    ordered.flags.writeable = False
    return np.ascontiguousarray(ordered)
