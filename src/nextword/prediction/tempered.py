"""A language model that is more, or less, sure of itself: its log-probabilities divided by a temperature.

Enters: a runtime and a temperature. Leaves: a `Runtime` with the same order of words.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import check_number
from nextword.runtime import Runtime, State, log_softmax


@dataclass(frozen=True, slots=True, eq=False)
class TemperatureRuntime:
    """A runtime at another temperature; made by `calibrate` and `with_temperature`.

    Args:
        base: What the probabilities come from.
        temperature: Above 1 flattens them, below 1 sharpens them.

    Raises:
        ConfigError: If the temperature is no number from 0.001 to 1,000.
    """

    base: Runtime
    temperature: float

    def __post_init__(self) -> None:
        """Check the temperature."""
        check_number("temperature", self.temperature, 0.001, highest=1_000.0)
        object.__setattr__(self, "temperature", float(self.temperature))

    @property
    def vocabulary_size(self) -> int:
        """V, the number of token ids."""
        return self.base.vocabulary_size

    def initial_state(self, batch: int = 1) -> State:
        """Return the base's state."""
        return self.base.initial_state(batch)

    def advance(self, state: State, ids: ArrayLike) -> State:
        """Return the state after more tokens; see `Runtime.advance`."""
        return self.base.advance(state, ids)

    def log_probabilities(self, state: State) -> NDArray[np.float32]:
        """Return the base's log-probabilities divided by the temperature, (B, V), normalised again."""
        return log_softmax(self.base.log_probabilities(state) / np.float32(self.temperature))
