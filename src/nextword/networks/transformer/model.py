"""An embedding matrix and a config -> a Transformer language model in Keras.

Input: a (V, D) matrix and `TransformerConfig`. Output: a `keras.Model` from ids (B, T) to logits (B, T, V), one
distribution at every position. As in the LSTM, every layer has a fixed name and every weight a seed of its own.
"""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from nextword.errors import check_config
from nextword.networks.clusters import cutoffs_of
from nextword.networks.config import check_embedding_matrix
from nextword.networks.transformer.config import TransformerConfig

if TYPE_CHECKING:
    import keras

# Length of the last vectors, as the root mean square of their numbers: the first logits are small.
OUTPUT_SCALE = 0.1


def build_transformer(matrix: ArrayLike, config: TransformerConfig = TransformerConfig()) -> "keras.Model":
    """Build a causal Transformer language model whose embedding starts as `matrix`.

    The layers, by name: `token_ids`, `embedding`, an `input_projection` where H and D differ, `dropout`; then for each
    layer `attention_norm_0`, `attention_0`, `attention_dropout_0`, `feed_forward_norm_0`, `feed_forward_0`,
    `feed_forward_dropout_0`; `output_norm`, a `projection` back to D where H and D differ; `hidden`, the last vectors
    before the vocabulary, with their dropout; `clusters`, if there are any; `logits`. The embedding matrix is the
    output matrix too.

    Args:
        matrix: Embedding matrix of shape (V, D), row i for token id i.
        config: Sizes of the network.

    Returns:
        A `keras.Model` from token ids (B, T), integers below V, to logits (B, T, V), float32. Logits depend on no later
        token, and on none before the window that `TransformerConfig.context_length` tells. The logit of `<pad>` is so
        low that its probability is zero. Its layer `logits` carries the config, so that a network that Keras saved and
        loaded, or cloned, is still one; to load it, import `nextword.networks.transformer.attention` first.

    Raises:
        InputTypeError: If `matrix` does not hold numbers (code "matrix-not-numbers"), or `config` is none of this
            network (code "wrong-kind").
        InputError: If `matrix` is not a finite (V, D) matrix with at least 4 rows; codes "matrix-shape" and
            "matrix-not-finite".
        ConfigError: From `TransformerConfig`, for sizes out of range.

    Examples:
        >>> import numpy as np
        >>> model = build_transformer(np.zeros((10, 4), np.float32), TransformerConfig.from_depth(1))
        >>> model.output_shape
        (None, None, 10)

    References:
        Vaswani et al., 2017, Attention Is All You Need; Xiong et al., 2020, On Layer Normalization in the Transformer
        Architecture; Su et al., 2021, RoFormer; Press and Wolf, 2017, Using the Output Embedding to Improve Language
        Models.
    """
    check_config(config, TransformerConfig)
    table = check_embedding_matrix(matrix)
    vocabulary_size, embedding_dim = table.shape
    cutoffs = cutoffs_of(config, vocabulary_size)
    config = replace(config, cutoffs=cutoffs)
    import keras  # only now: seconds long, and a refused matrix should not wait for it

    from nextword.networks.layers import TokenTable, VocabularyBias, of_clusters
    from nextword.networks.transformer.attention import CausalAttention, FeedForward, RootMeanSquareNorm

    drawn = np.random.SeedSequence(config.seed).generate_state(4 * config.num_layers + 4)
    seeds = iter((drawn >> 1).tolist())  # 31 bits, as PyTorch takes no more
    frequencies = config.rotation_frequencies.tolist()

    def dropped(vectors: "keras.KerasTensor", name: str) -> "keras.KerasTensor":
        return keras.layers.Dropout(config.dropout, seed=next(seeds), name=name)(vectors)

    def projected(vectors: "keras.KerasTensor", width: int, name: str) -> "keras.KerasTensor":
        initializer = keras.initializers.GlorotUniform(seed=next(seeds))
        return keras.layers.Dense(width, use_bias=False, kernel_initializer=initializer, name=name)(vectors)

    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    embedding = TokenTable(
        vocabulary_size,
        embedding_dim,
        initializer="zeros",
        cutoffs=cutoffs,
        trainable=config.train_embeddings,
        name="embedding",
    )
    stream = embedding(token_ids)
    if config.hidden_dim != embedding_dim:
        stream = projected(stream, config.hidden_dim, "input_projection")
    stream = dropped(stream, "dropout")
    for layer in range(config.num_layers):
        attention = CausalAttention(
            config.num_heads, config.block_length, frequencies, seed=next(seeds), name=f"attention_{layer}"
        )
        change = attention(RootMeanSquareNorm(name=f"attention_norm_{layer}")(stream))
        stream = keras.layers.add(
            [stream, dropped(change, f"attention_dropout_{layer}")], name=f"attention_sum_{layer}"
        )
        feed_forward = FeedForward(seed=next(seeds), name=f"feed_forward_{layer}")
        change = feed_forward(RootMeanSquareNorm(name=f"feed_forward_norm_{layer}")(stream))
        stream = keras.layers.add(
            [stream, dropped(change, f"feed_forward_dropout_{layer}")], name=f"feed_forward_sum_{layer}"
        )
    hidden = RootMeanSquareNorm(OUTPUT_SCALE, name="output_norm")(stream)
    if config.hidden_dim != embedding_dim:
        hidden = projected(hidden, embedding_dim, "projection")
    hidden = dropped(hidden, "hidden")
    scores = embedding(hidden, reverse=True)
    network = {"kind": "transformer", "options": asdict(config)}
    logits = VocabularyBias(network, cutoffs=cutoffs, name="logits")(scores, of_clusters(hidden, cutoffs))
    model = keras.Model(token_ids, logits, name="transformer_language_model")
    embedding.assign_matrix(table)
    return model
