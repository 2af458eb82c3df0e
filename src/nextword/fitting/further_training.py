"""A language model and a new text -> what training goes on from: the same model, over the words of both.

Input: a trained language model and a longer vocabulary. Output: its parts, extended so that the new words share the
probability that unknown words had; all else is predicted as before. The given model stays as it is.
"""

from dataclasses import dataclass, replace
from typing import Any, cast

from nextword.errors import ConfigError, InputError, Note
from nextword.fitting.recipes import FitConfig
from nextword.fitting.vocabulary_growth import extend_part, shares_of_unknown
from nextword.networks.kinds import NetworkConfig, is_network
from nextword.networks.weights import NetworkRuntime, half_precision_weights
from nextword.ngrams.runtime import NgramRuntime
from nextword.prediction.language_model import LanguageModel, check_language_model
from nextword.prediction.shaping import unshaped
from nextword.runtime import Part, Runtime, parts_of
from nextword.tokens.tokenizer import Tokenizer
from nextword.training.config import TrainingConfig

# A trained network is changed with a part of the rate that one from scratch takes: see docs/results.md.
RATE = 0.25

# Passes over a text of which nothing is held out to say when to stop; those of a training from scratch would learn its
# few words by heart.
FEW_PASSES = 3

# N-gram models of earlier texts that are kept, those with the largest weights: a model trained further often stays
# small.
MOST_NGRAMS = 2


@dataclass(frozen=True, slots=True, eq=False)
class BaseModel:
    """A language model over a longer vocabulary, in the parts that `fit` goes on with.

    Attributes:
        runtime: All of it, as it was mixed.
        tokens: Tokens that it was trained on, 0 where that is not known.
        blocked: Words that are blocked.
        notes: How many words are new, and what of the given model does not apply any more.
    """

    runtime: Runtime
    tokens: int
    blocked: tuple[str, ...]
    notes: tuple[Note, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its parts, with their weights."""
        return parts_of(self.runtime)

    @property
    def network(self) -> NetworkRuntime:
        """The network."""
        return next(cast("NetworkRuntime", part.runtime) for part in self.parts if is_network(part.runtime))

    @property
    def ngrams(self) -> tuple[NgramRuntime, ...]:
        """The n-gram models that are kept, the largest weight first."""
        ngrams = [part for part in self.parts if type(part.runtime) is NgramRuntime]
        ngrams.sort(key=lambda part: -part.weight)
        return tuple(cast("NgramRuntime", part.runtime) for part in ngrams[:MOST_NGRAMS])

    def network_in_half_precision(self) -> Runtime:
        """Return the network with weights of half precision, as `fit` leaves networks."""
        network: Any = self.network
        return cast("Runtime", type(network)(network.config, half_precision_weights(network.config, network.weights)))

    def keras_model(self) -> Any:
        """Return the network in Keras, to be trained further."""
        from nextword.networks.network import build_network  # needs Keras

        return build_network(self.network.config, self.network.weights)


def check_base(lm: LanguageModel, config: FitConfig, *, has_vectors: bool) -> None:
    """Refuse what training cannot go on from, before a text is read.

    Args:
        lm: What `start_from` was given.
        config: Options that `fit` was given; the default ones, and those of the model itself, ask for nothing.
        has_vectors: Whether pretrained vectors were given too.

    Raises:
        InputTypeError: If `lm` is no language model; code "not-a-language-model".
        InputError: If it has no network, or two; code "not-one-network".
        ConfigError: If another tokenizer, network or beginning of the embedding is asked for; codes "base-has-another"
            and "vectors-and-base".
    """
    check_language_model(lm, name="start_from")
    networks = [cast("NetworkRuntime", part.runtime) for part in parts_of(lm.runtime) if is_network(part.runtime)]
    if len(networks) != 1:
        raise InputError(
            f"`start_from` needs a model with one network, to be trained further; {lm!r} has {len(networks)}. Fit a "
            "new one on both texts instead.",
            code="not-one-network",
            networks=len(networks),
        )
    network, default = networks[0], FitConfig()
    width = network.weights["embedding/table"].shape[1]
    options_of_base = {
        "tokenizer": lm.tokenizer.config,
        "network": network.config,
        "embedding": replace(config.embedding, embedding_dim=width, seed=default.embedding.seed),
        "cooccurrence": default.cooccurrence,
    }
    for name, of_base in options_of_base.items():
        asked = getattr(config, name)
        if name == "network":
            asked = _as_cut(asked, network.config)
        if asked not in (getattr(default, name), of_base):
            raise ConfigError(
                f"a model goes on with the {name} that it has, {of_base}; received {asked}. Leave `config.{name}` out; "
                "of a `recipe`, take `FitConfig(time_limit=..., training=recipe(...).training)`.",
                code="base-has-another",
                option=name,
            )
    if has_vectors:
        raise ConfigError(
            "`vectors` are where a new embedding begins, and `start_from` has one; give one of the two.",
            code="vectors-and-base",
        )


def _as_cut(asked: NetworkConfig | None, of_base: NetworkConfig) -> NetworkConfig | None:
    """Return options with the clusters that a network came to have, where they ask for no others.

    Those left to choose were chosen by its first text, and each text that brought new words has added one.
    """
    if asked is None:
        return None
    has = of_base.cutoffs or ()
    has_no_others = asked.cutoffs is None or (asked.cutoffs and has[: len(asked.cutoffs)] == asked.cutoffs)
    return replace(asked, cutoffs=has) if has_no_others else asked


def extend_base(lm: LanguageModel, tokenizer: Tokenizer) -> BaseModel:
    """Return a language model over a longer vocabulary, in parts.

    A temperature is left out, as it was fitted for the model as it was.

    Args:
        lm: A language model that `check_base` lets pass; it stays as it is.
        tokenizer: One whose vocabulary begins with that of `lm`.
    """
    bare, shape = unshaped(lm.runtime)
    new_words = len(tokenizer.vocabulary) - len(lm.vocabulary)
    shares = shares_of_unknown(lm.vocabulary, tokenizer.vocabulary)
    notes = [
        Note(
            f"Went on with a given model: {new_words:,} new words beside its {len(lm.vocabulary):,}.",
            code="went-on",
            new_words=new_words,
            words=len(lm.vocabulary),
        )
    ]
    if tokenizer.config.max_vocabulary == len(tokenizer.vocabulary):
        notes.append(
            Note(
                f"There is room for no more words: its `max_vocabulary` is {len(tokenizer.vocabulary):,}.",
                code="vocabulary-full",
                max_vocabulary=len(tokenizer.vocabulary),
            )
        )
    if shape.temperature != 1.0:
        notes.append(
            Note(
                "Left out its temperature, which was fitted for it as it was; `calibrate` fits another.",
                code="temperature-left-out",
                temperature=shape.temperature,
            )
        )
    return BaseModel(
        runtime=extend_part(bare, shares),
        tokens=sum(lm.vocabulary.counts),  # of all its texts; a record of training knows the last one only
        blocked=shape.blocked,
        notes=tuple(notes),
    )


def fine_tuning_options(
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
        >>> from nextword.networks.lstm.config import LSTMConfig
        >>> options = fine_tuning_options(
        ...     TrainingConfig(), 500_000, 10_000, LSTMConfig(), num_validation_tokens=20_000
        ... )
        >>> options.learning_rate, options.epochs
        (5.0, None)
    """
    scratch = config.resolve(num_tokens, vocabulary_size, num_validation_tokens, network)
    rate = RATE * (scratch.learning_rate or 0.0)
    epochs = config.epochs if num_validation_tokens or config.time_limit else min(FEW_PASSES, scratch.epochs or 1)
    return replace(config, learning_rate=config.learning_rate or rate, epochs=config.epochs or epochs)
