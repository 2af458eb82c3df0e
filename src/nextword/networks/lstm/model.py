"""An embedding matrix and a config -> an LSTM language model in Keras.

Input: a (V, D) matrix and `LSTMConfig`. Output: a `keras.Model` from ids (B, T) to logits (B, T, V), one distribution
at every position. Every layer has a fixed name and every weight a seed of its own, so the factory is pure: no global
random state is drawn from, and equal arguments give equal models.
"""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from nextword.errors import check_config
from nextword.networks.clusters import cutoffs_of
from nextword.networks.config import check_embedding_matrix
from nextword.networks.lstm.config import LSTMConfig

if TYPE_CHECKING:
    import keras


def build_lstm(matrix: ArrayLike, config: LSTMConfig = LSTMConfig()) -> "keras.Model":
    """Build an LSTM language model whose embedding starts as `matrix`.

    The layers, by name: `token_ids`, `embedding`, `dropout`, then for each layer `lstm_0`, `dropout_0`, ...; a
    `projection` where the output is tied and H differs from D; `hidden`, the last vectors before the vocabulary, with
    their dropout; `output`, if it is not tied; `clusters`, if there are any; `logits`.

    Args:
        matrix: Embedding matrix of shape (V, D), row i for token id i.
        config: Sizes of the network.

    Returns:
        A `keras.Model` from token ids (B, T), integers below V, to logits (B, T, V), float32. The logit of `<pad>` is
        so low that its probability is zero. Its layer `logits` carries the config, so that a network that Keras saved
        and loaded, or cloned, is still one; to load it, import `nextword.networks.layers` first.

    Raises:
        InputTypeError: If `matrix` does not hold numbers (code "matrix-not-numbers"), or `config` is no `LSTMConfig`
            (code "wrong-kind").
        InputError: If `matrix` is not a finite (V, D) matrix with at least 4 rows; codes "matrix-shape" and
            "matrix-not-finite".
        ConfigError: From `LSTMConfig`, for sizes out of range.

    Examples:
        >>> import numpy as np
        >>> model = build_lstm(np.zeros((10, 4), np.float32), LSTMConfig(hidden_dim=8, num_layers=1))
        >>> model.output_shape
        (None, None, 10)

    References:
        Zaremba et al., 2014, Recurrent Neural Network Regularization; Press and Wolf, 2017, Using the Output Embedding
        to Improve Language Models.
    """
    check_config(config, LSTMConfig)
    table = check_embedding_matrix(matrix)
    vocabulary_size, embedding_dim = table.shape
    cutoffs = cutoffs_of(config, vocabulary_size)
    config = replace(config, cutoffs=cutoffs)
    import keras  # only now: seconds long, and a refused matrix should not wait for it

    from nextword.networks.layers import TokenTable, VocabularyBias, of_clusters

    drawn = np.random.SeedSequence(config.seed).generate_state(6 * config.num_layers + 4)
    seeds = iter((drawn >> 1).tolist())  # 31 bits, as PyTorch takes no more

    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    embedding = TokenTable(
        vocabulary_size,
        embedding_dim,
        initializer="zeros",
        cutoffs=cutoffs,
        trainable=config.train_embeddings,
        name="embedding",
    )
    hidden = embedding(token_ids)
    hidden = keras.layers.Dropout(config.dropout, seed=next(seeds), name="dropout")(hidden)
    for layer in range(config.num_layers):
        lstm = keras.layers.LSTM(
            config.hidden_dim,
            return_sequences=True,
            return_state=True,
            kernel_initializer=keras.initializers.GlorotUniform(seed=next(seeds)),
            recurrent_initializer=keras.initializers.Orthogonal(seed=next(seeds)),
            seed=next(seeds),
            name=f"lstm_{layer}",
        )
        hidden = lstm(hidden)[0]
        if layer < config.num_layers - 1:
            hidden = keras.layers.Dropout(config.dropout, seed=next(seeds), name=f"dropout_{layer}")(hidden)
    if config.tie_embeddings and config.hidden_dim != embedding_dim:
        initializer = keras.initializers.GlorotUniform(seed=next(seeds))
        hidden = keras.layers.Dense(embedding_dim, use_bias=False, kernel_initializer=initializer, name="projection")(
            hidden
        )
    hidden = keras.layers.Dropout(config.dropout, seed=next(seeds), name="hidden")(hidden)
    if config.tie_embeddings:
        scores = embedding(hidden, reverse=True)
    else:
        initializer = keras.initializers.RandomUniform(-0.1, 0.1, seed=next(seeds))
        output = TokenTable(vocabulary_size, config.hidden_dim, initializer, cutoffs=cutoffs, name="output")
        scores = output(hidden, reverse=True)
    network = {"kind": "lstm", "options": asdict(config)}
    logits = VocabularyBias(network, cutoffs=cutoffs, name="logits")(scores, of_clusters(hidden, cutoffs))
    model = keras.Model(token_ids, logits, name="lstm_language_model")
    embedding.assign_matrix(table)
    return model
