"""A runtime that counts what it reads, to test that a text is not read twice."""

import numpy as np


class Counting:
    """A runtime that counts the tokens that it reads."""

    def __init__(self, runtime):
        self.runtime, self.tokens = runtime, 0
        self.vocabulary_size, self.initial_state = runtime.vocabulary_size, runtime.initial_state
        self.log_probabilities = runtime.log_probabilities

    def advance(self, state, ids):
        self.tokens += np.size(ids)
        return self.runtime.advance(state, ids)
