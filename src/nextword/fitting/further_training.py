"""A language model and a new text -> what training goes on from: the same model, over the words of both.

Enters: a trained language model and a longer vocabulary. Leaves: its network and n-grams, widened so that the new words
share the probability that unknown words had; all else is predicted as before. The model that was given stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from nextword.errors import ConfigError, InputError, InputTypeError
from nextword.fitting.mixture import MIXED_ON, Earlier
from nextword.fitting.recipes import FitConfig
from nextword.fitting.vocabulary_growth import shares_of_unknown, widen_part
from nextword.mixing.held_out_scores import score_held_out
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.kinds import NetworkConfig, is_network
from nextword.networks.weights import NetworkRuntime, in_half_precision
from nextword.ngrams.runtime import NgramRuntime
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.shaping import shaped, unshaped
from nextword.runtime import Runtime, parts_of
from nextword.tokens.template import Template
from nextword.tokens.tokenizer import Tokenizer
from nextword.training.config import TrainingConfig

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

    def model(self) -> Any:
        """Return the network in Keras, to be trained further."""
        from nextword.networks.network import build_network  # needs Keras

        return build_network(self.network.config, self.network.weights)

    def better_network(
        self, trained: Runtime, ids: NDArray[np.int32], is_held_out: NDArray[np.bool_], loss_mask: NDArray[np.bool_]
    ) -> tuple[Runtime, list[str]]:
        """Return the trained network, or the given one where held-out text finds that better, and a sentence then.

        Args:
            trained: The network after training.
            ids: Stream of all texts, int32 of shape (N,).
            is_held_out: Which tokens it was not trained on, booleans of shape (N,).
            loss_mask: Which tokens count, booleans of shape (N,).
        """
        network = cast("Runtime", in_half_precision(self.network))
        # Read without the text around it, which tells a network little and takes most of the time.
        chosen = np.flatnonzero(is_held_out)[:MIXED_ON]
        if not loss_mask[chosen].any():
            return trained, []
        seen = score_held_out((network, trained), ids[chosen], loss_mask[chosen])
        before, after = (seen.perplexity(weights) for weights in np.eye(2))
        if after <= before:
            return trained, []
        return network, ["Kept the given network: held-out text finds it better than the trained one."]

    def block_again(self, lm: LanguageModel) -> LanguageModel:
        """Return a language model in which the words that the given one blocks are blocked."""
        if not self.blocked:
            return lm
        return replace(lm, runtime=shaped(lm.runtime, lm.tokenizer, blocked=self.blocked))


def check_given(lm: object, config: FitConfig, *, has_vectors: bool) -> None:
    """Refuse what training cannot go on from, before a text is read.

    Args:
        lm: What `start_from` was given.
        config: Options that `fit` was given; the default ones, and those of the model itself, ask for nothing.
        has_vectors: Whether pretrained vectors were given too.

    Raises:
        InputTypeError: If `lm` is no language model.
        InputError: If it has no network, or two.
        ConfigError: If another tokenizer, network or beginning of the embedding is asked for.
    """
    if not isinstance(lm, LanguageModel):
        raise InputTypeError(
            f"`start_from` is a language model, as `fit` or `load` returns it; received {lm!r:.80} "
            f"({type(lm).__name__})."
        )
    networks = _networks([part.runtime for part in parts_of(lm.runtime)])
    if len(networks) != 1:
        raise InputError(
            f"`start_from` needs a model with one network, to be trained further; {lm!r} has {len(networks)}. Fit a "
            "new one on both texts instead."
        )
    network, default = networks[0], FitConfig()
    width = network.weights["embedding/table"].shape[1]
    own = {
        "tokenizer": lm.tokenizer.config,
        "network": network.config,
        "embedding": replace(config.embedding, embedding_dim=width, seed=default.embedding.seed),
        "cooccurrence": default.cooccurrence,
    }
    for name, has in own.items():
        asked = getattr(config, name)
        if asked not in (getattr(default, name), has):
            raise ConfigError(
                f"a model goes on with the {name} that it has, {has}; received {asked}. Leave `config.{name}` out; of "
                "a `recipe`, take the training alone: `FitConfig(training=recipe(...).training)`."
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
    shape = unshaped(lm.runtime)[1]
    blocked, is_tempered = shape.blocked, shape.temperature != 1.0
    number = len(tokenizer.vocabulary) - len(lm.vocabulary)
    shares = shares_of_unknown(lm.vocabulary, tokenizer.vocabulary)
    parts, weights = zip(*parts_of(lm.runtime), strict=True)
    wide = [widen_part(part, shares) for part in parts]
    ngrams = sorted(
        ((weight, part) for weight, part in zip(weights, wide, strict=True) if type(part) is NgramRuntime),
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
            sum(lm.vocabulary.counts),  # of all its texts; a record of training knows the last one only
        ),
        blocked,
        lm.template,
        tuple(notes),
    )


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
        >>> from nextword.networks.lstm.config import LSTMConfig
        >>> options = gentler(TrainingConfig(), 500_000, 10_000, LSTMConfig(), num_validation_tokens=20_000)
        >>> options.learning_rate, options.epochs
        (5.0, None)
    """
    scratch = config.resolve(num_tokens, vocabulary_size, num_validation_tokens, network)
    rate = RATE * (scratch.learning_rate or 0.0)
    epochs = config.epochs if num_validation_tokens or config.time_limit else min(FEW_PASSES, scratch.epochs or 1)
    return replace(config, learning_rate=config.learning_rate or rate, epochs=config.epochs or epochs)


def _networks(parts: Sequence[Runtime]) -> list[NetworkRuntime]:
    return [cast("NetworkRuntime", part) for part in parts if is_network(part)]
