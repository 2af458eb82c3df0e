"""A language model and a new text -> what training goes on from: the same model, over the words of both.

Enters: a trained language model and a longer vocabulary. Leaves: its network and n-grams, widened so that the new words
share the probability that unknown words had; all else is predicted as before. The model that was given stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from nextword.blending import MIXED_ON, Earlier
from nextword.errors import ConfigError, InputError, InputTypeError
from nextword.language_model import LanguageModel
from nextword.models.config import NetworkConfig
from nextword.networks import NETWORKS
from nextword.observation import observe
from nextword.runtime.blocked import BlockedRuntime
from nextword.runtime.cache import CacheRuntime, build_cache
from nextword.runtime.masked import MaskedRuntime
from nextword.runtime.mixture import MixtureRuntime
from nextword.runtime.ngram import NgramOrder, NgramRuntime
from nextword.runtime.protocol import Runtime
from nextword.runtime.temperature import TemperatureRuntime
from nextword.runtime.weights import NetworkRuntime, Weights, in_half_precision
from nextword.template import Template
from nextword.tokenizer import Tokenizer, TokenizerConfig
from nextword.training.config import TrainingConfig
from nextword.vocabulary import UNK_ID, Vocabulary

if TYPE_CHECKING:
    import keras

# A trained network is changed with a part of the rate that one from scratch takes: see docs/results.md.
RATE = 0.25

# Passes over a text of which nothing is held out to say when to stop; those of a training from scratch would learn its
# few words by heart.
FEW_PASSES = 3

# N-gram models of earlier texts that are kept, those with the largest weights: a model continued often stays small.
MOST_NGRAMS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """A language model over a longer vocabulary, in the parts that `fit` goes on with.

    Attributes:
        tokenizer: Of the longer vocabulary.
        network: The network.
        earlier: All of it as it was mixed, its n-gram models, and what it was trained on.
        blocked: Words that are blocked.
        template: How it reads conversations; None for a model of texts.
        notes: How many words are new, and what of the given model does not apply any more, in sentences.
    """

    tokenizer: Tokenizer
    network: NetworkRuntime
    earlier: Earlier
    blocked: tuple[str, ...]
    template: Template | None
    notes: tuple[str, ...]

    def model(self) -> "keras.Model":
        """Return the network in Keras, to be trained further."""
        from nextword.models.network import build_network  # needs Keras

        return build_network(self.network.config, self.network.weights)

    def better_network(
        self, trained: Runtime, ids: NDArray[np.int32], is_held_out: NDArray[np.bool_], learn: NDArray[np.bool_]
    ) -> tuple[Runtime, list[str]]:
        """Return the trained network, or the given one where held-out text finds that better, and a sentence then.

        Args:
            trained: The network after training.
            ids: Stream of all texts, int32 of shape (N,).
            is_held_out: Which tokens it was not trained on, booleans of shape (N,).
            learn: Which tokens count, booleans of shape (N,).
        """
        network = cast("Runtime", in_half_precision(self.network))
        # Read without the text around it, which tells a network little and takes most of the time.
        chosen = np.flatnonzero(is_held_out)[:MIXED_ON]
        if not learn[chosen].any():
            return trained, []
        seen = observe((network, trained), ids[chosen], learn[chosen])
        before, after = (seen.perplexity(weights) for weights in np.eye(2))
        if after <= before:
            return trained, []
        return network, ["Kept the given network: held-out text finds it better than the trained one."]

    def block_again(self, lm: LanguageModel) -> LanguageModel:
        """Return a language model in which the words that the given one blocks are blocked."""
        if not self.blocked:
            return lm
        glued = lm.tokenizer.config.level == "char"
        return replace(lm, runtime=BlockedRuntime(lm.runtime, lm.vocabulary, self.blocked, glued))


def check_given(
    lm: object,
    tokenizer: TokenizerConfig,
    network: NetworkConfig | None,
    *,
    embedding_dim: int | None = None,
    has_vectors: bool = False,
) -> None:
    """Refuse what training cannot go on from, before a text is read.

    Args:
        lm: What `start_from` was given.
        tokenizer: Options of the tokenizer that `fit` was given; the default ones ask for nothing.
        network: Sizes of the network that `fit` was given; None asks for nothing.
        embedding_dim: Width of the embedding that it was given; None asks for nothing.
        has_vectors: Whether pretrained vectors were given too.

    Raises:
        InputTypeError: If `lm` is no language model.
        InputError: If it has no network, or two.
        ConfigError: If another tokenizer, network or embedding is asked for.
    """
    if not isinstance(lm, LanguageModel):
        raise InputTypeError(
            f"`start_from` is a language model, as `fit` or `load` returns it; received {lm!r:.80} "
            f"({type(lm).__name__})."
        )
    networks = _networks(_parts(_inner(lm.runtime)[0])[0])
    if len(networks) != 1:
        raise InputError(
            f"`start_from` needs a model with one network, to be trained further; {lm!r} has {len(networks)}. Fit a "
            "new one on both texts instead."
        )
    if tokenizer not in (TokenizerConfig(), lm.tokenizer.config):
        raise ConfigError(
            "a model goes on with the tokenizer that it has; leave `config.tokenizer` out, or give "
            f"{lm.tokenizer.config}; received {tokenizer}."
        )
    found = networks[0].config
    if network not in (None, found):
        raise ConfigError(
            f"a model goes on with the network that it has; leave `config.network` out, or give {found}; received "
            f"{network}."
        )
    width = networks[0].weights["embedding/table"].shape[1]
    if embedding_dim not in (None, width):
        raise ConfigError(
            f"a model goes on with the embedding that it has, of width {width}; leave `embedding_dim` out; received "
            f"{embedding_dim}."
        )
    if has_vectors:
        raise ConfigError("`vectors` are where a new embedding begins, and `start_from` has one; give one of the two.")


def widen(lm: LanguageModel, tokenizer: Tokenizer) -> Given:
    """Return a language model over a longer vocabulary, in parts.

    A temperature is left out, as it was fitted for the model as it was.

    Args:
        lm: A language model that `check_given` lets pass; it stays as it is.
        tokenizer: One whose vocabulary begins with that of `lm`.
    """
    inner, blocked, is_tempered = _inner(lm.runtime)
    number = len(tokenizer.vocabulary) - len(lm.vocabulary)
    shares = shares_of_unknown(lm.vocabulary, tokenizer.vocabulary)
    parts, weights = _parts(inner)
    wide = [_widened(part, shares, tokenizer.vocabulary) for part in parts]
    ngrams = sorted(
        ((weight, part) for weight, part in zip(weights, wide, strict=True) if isinstance(part, NgramRuntime)),
        key=lambda pair: -pair[0],
    )
    runtime = wide[0] if len(wide) == 1 else MixtureRuntime(tuple(wide), weights)
    notes = [f"Went on with a given model: {number:,} new words beside its {len(lm.vocabulary):,}."]
    if tokenizer.config.max_vocabulary == len(tokenizer.vocabulary):
        notes.append(f"There is room for no more words: its `max_vocabulary` is {len(tokenizer.vocabulary):,}.")
    if is_tempered:
        notes.append("Left out its temperature, which was fitted for it as it was; `calibrate` fits another.")
    return Given(
        tokenizer,
        _networks(wide)[0],
        Earlier(
            runtime,
            tuple(part for _, part in ngrams[:MOST_NGRAMS]),
            0 if lm.training is None else lm.training.tokens,
        ),
        blocked,
        lm.template,
        tuple(notes),
    )


def shares_of_unknown(known: Vocabulary, longer: Vocabulary) -> NDArray[np.float64]:
    """Return what `<unk>`, first, and each new word get of the probability that unknown words had.

    They are as frequent in the new text. Where nothing is unknown in it, half of the count of the new words seen once
    goes to `<unk>`, as in training: equal shares would leave next to nothing to the words that are still unknown.

    Args:
        known: The vocabulary that the longer one begins with.
        longer: Its counts are those of both texts together.

    Returns:
        Float64 of shape (1 + number of new words,), each above 0, summing to 1.

    Examples:
        >>> special = ("<pad>", "<unk>", "<eos>")
        >>> known = Vocabulary((*special, "tea"), (0, 9, 1, 5))
        >>> shares_of_unknown(known, Vocabulary((*special, "tea", "milk", "rum"), (0, 10, 2, 7, 3, 1))).tolist()
        [0.2, 0.6, 0.2]
    """
    counts = longer.counts_array()[len(known) :].astype(np.float64)
    unknown = float(longer.counts[UNK_ID] - known.counts[UNK_ID])
    if not unknown:
        once_seen = counts == 1
        unknown = 0.5 * np.count_nonzero(once_seen)
        counts[once_seen] = 0.5
    shares = np.maximum(np.append(unknown, counts), 0.5)
    return np.asarray(shares / shares.sum())


def widen_network(network: NetworkRuntime, shares: NDArray[np.float64]) -> NetworkRuntime:
    """Return a network over more words, which share the probability of `<unk>` with it.

    Their rows are that of `<unk>`, so all other probabilities stay as they were. They learn apart without any noise, as
    they stand in different places of the text; unlike units of a layer, they have no gradient in common.

    Args:
        network: An LSTM or a Transformer in NumPy.
        shares: Those of `<unk>` and of each new word, at the end of the vocabulary; see `shares_of_unknown`.

    Examples:
        >>> from nextword.models.config import LSTMConfig
        >>> from nextword.runtime.lstm import LSTMRuntime
        >>> shapes = LSTMConfig(hidden_dim=2, num_layers=1).weight_shapes(5, 2)
        >>> runtime = LSTMRuntime(
        ...     LSTMConfig(hidden_dim=2, num_layers=1),
        ...     {name: np.ones(shape, np.float32) for name, shape in shapes.items()},
        ... )
        >>> wide = widen_network(runtime, np.array([0.5, 0.5]))
        >>> np.exp(wide.log_probabilities(wide.initial_state())).round(3).tolist()
        [[0.0, 0.125, 0.25, 0.25, 0.25, 0.125]]
    """
    number = len(shares) - 1
    if not number:
        return network
    weights: Weights = network.weights
    shared = (weights["logits/bias"][UNK_ID] + np.log(shares)).astype(np.float32)
    bias = np.append(weights["logits/bias"], shared[1:])
    bias[UNK_ID] = shared[0]
    wide = {**weights, "logits/bias": bias}
    for name in ("embedding/table", "output/table"):
        if name in weights:
            wide[name] = np.concatenate([weights[name], np.tile(weights[name][UNK_ID], (number, 1))])
    return type(network)(network.config, wide)


def widen_ngram(ngram: NgramRuntime, shares: NDArray[np.float64]) -> NgramRuntime:
    """Return an n-gram model over more words, which share the unigram probability of `<unk>`; see `widen_network`."""
    number = len(shares) - 1
    if not number:
        return ngram
    shared = ngram.unigram[UNK_ID] * shares
    unigram = np.append(ngram.unigram, shared[1:])
    unigram[UNK_ID] = shared[0]
    orders = list(ngram.orders)
    if orders:  # contexts of order 2 are the words
        first, none = orders[0], np.zeros(number, np.int32)
        sizes, totals = np.append(first.sizes, none), np.append(first.totals, none)
        orders[0] = NgramOrder(first.words, first.counts, sizes, totals, first.discounts)
    return NgramRuntime(unigram, tuple(orders))


def gentler(
    config: TrainingConfig,
    num_tokens: int,
    vocabulary_size: int,
    network: NetworkConfig,
    *,
    num_validation_tokens: int = 0,
) -> TrainingConfig:
    """Return options that change a trained network with care, where they are not given.

    The rate is a quarter of what it would be from scratch; without held-out text there are 3 passes at most.

    Args:
        config: Options as they were given.
        num_tokens: Tokens in the training stream.
        vocabulary_size: V.
        network: What is trained.
        num_validation_tokens: Tokens in the validation stream; 0 for none.

    Examples:
        >>> from nextword.models.config import LSTMConfig
        >>> options = gentler(TrainingConfig(), 500_000, 10_000, LSTMConfig(), num_validation_tokens=20_000)
        >>> options.learning_rate, options.epochs
        (5.0, None)
    """
    scratch = config.resolve(num_tokens, vocabulary_size, num_validation_tokens, network)
    rate = RATE * (scratch.learning_rate or 0.0)
    epochs = config.epochs if num_validation_tokens or config.time_limit else min(FEW_PASSES, scratch.epochs or 1)
    return replace(config, learning_rate=config.learning_rate or rate, epochs=config.epochs or epochs)


def _inner(runtime: Runtime) -> tuple[Runtime, tuple[str, ...], bool]:
    """Return what is below blocked words, a temperature and masked role tokens; these words; if there is the second."""
    blocked: tuple[str, ...] = ()
    is_tempered = False
    while isinstance(runtime, BlockedRuntime | TemperatureRuntime | MaskedRuntime):
        blocked = runtime.words if isinstance(runtime, BlockedRuntime) else blocked
        is_tempered = is_tempered or isinstance(runtime, TemperatureRuntime)
        runtime = runtime.base
    return runtime, blocked, is_tempered


def _parts(runtime: Runtime) -> tuple[tuple[Runtime, ...], tuple[float, ...]]:
    return (runtime.parts, runtime.weights) if isinstance(runtime, MixtureRuntime) else ((runtime,), (1.0,))


def _networks(parts: Sequence[Runtime]) -> list[NetworkRuntime]:
    return [cast("NetworkRuntime", part) for part in parts if _is_network(part)]


def _is_network(runtime: object) -> bool:
    return type(runtime) in {kind.runtime for kind in NETWORKS}


def _widened(part: Runtime, shares: NDArray[np.float64], vocabulary: Vocabulary) -> Runtime:
    if isinstance(part, NgramRuntime):
        return widen_ngram(part, shares)
    if isinstance(part, CacheRuntime):
        return build_cache(vocabulary, part.config)
    if not _is_network(part):
        raise InputError(
            f"training goes on from a network, n-grams and a cache; the model has a {type(part).__name__}."
        )
    wide: Runtime = widen_network(part, shares)  # type: ignore[arg-type,assignment]
    return wide
