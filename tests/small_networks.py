"""Small networks of every kind, and what several tests do with them; a new kind is one more entry of `VARIANTS`."""

import keras
import numpy as np

from nextword.networks.kinds import kind_of
from nextword.networks.lstm.config import LSTMConfig
from nextword.networks.network import assign_weights, network_weights
from nextword.networks.transformer.config import TransformerConfig

VOCABULARY_SIZE, WIDTH = 12, 4
MATRIX = np.random.default_rng(7).normal(0.0, 0.5, (VOCABULARY_SIZE, WIDTH)).astype(np.float32)

# By kind: no option of the first one has its default value.
VARIANTS = {
    "lstm": {
        "untied": LSTMConfig(
            hidden_dim=6,
            num_layers=1,
            dropout=0.5,
            tie_embeddings=False,
            train_embeddings=False,
            cutoffs=(),
            seed=3,
        ),
        "tied": LSTMConfig(hidden_dim=WIDTH, num_layers=2, cutoffs=()),
        "projected": LSTMConfig(hidden_dim=6, num_layers=1, cutoffs=()),
        "in clusters": LSTMConfig(hidden_dim=6, num_layers=1, cutoffs=(5, 9)),
        "untied in clusters": LSTMConfig(hidden_dim=6, num_layers=1, tie_embeddings=False, cutoffs=(7,)),
    },
    "transformer": {
        "projected": TransformerConfig(
            hidden_dim=6,
            num_layers=2,
            num_heads=3,
            context_length=4,
            dropout=0.5,
            train_embeddings=False,
            cutoffs=(),
            seed=3,
        ),
        "as wide as the embedding": TransformerConfig(
            hidden_dim=WIDTH, num_layers=2, num_heads=1, context_length=8, dropout=0.3, cutoffs=()
        ),
        "in clusters": TransformerConfig(hidden_dim=6, num_layers=1, num_heads=1, context_length=8, cutoffs=(5, 9)),
    },
}
CONFIGS = {f"{kind} {name}": config for kind, variants in VARIANTS.items() for name, config in variants.items()}
# One of each kind, with dropout.
ONE_OF_EACH = {kind: next(iter(variants.values())) for kind, variants in VARIANTS.items()}


def build(config, matrix=MATRIX):
    """Return the Keras model of a config."""
    return kind_of(config).build(matrix, config)


def random_weights(config, scale=0.7, seed=3):
    """Return weights far larger than initial ones, so that every token and every product matters."""
    generator = np.random.default_rng(seed)
    shapes = config.weight_shapes(VOCABULARY_SIZE, WIDTH)
    return {name: generator.normal(0.0, scale, shape).astype(np.float32) for name, shape in shapes.items()}


def with_large_weights(model, config):
    """Return the model after giving it those weights."""
    assign_weights(model, random_weights(config))
    return model


def numpy_of(tensor):
    return np.array(keras.ops.convert_to_numpy(tensor))


def equal_weights(left, right):
    """Return whether two models, or weights by name, are equal bit by bit."""
    left, right = (part if isinstance(part, dict) else network_weights(part) for part in (left, right))
    return left.keys() == right.keys() and all(left[name].tobytes() == right[name].tobytes() for name in left)


def all_values(model):
    """Return every variable of a model, the states of its dropout layers included.

    By place, as Keras numbers the names of seed generators by a process-wide counter.
    """
    variables = [variable for layer in model.layers for variable in layer.variables]
    return {str(place): numpy_of(variable) for place, variable in enumerate(variables)}
