"""What a fit says about its time: before training how long it will be, at the end where the time went.

Input: sizes of text, network and options, or seconds by stage. Output: notes.
"""

import math
from collections.abc import Mapping
from typing import Any

from nextword.errors import Note
from nextword.fitting.estimates import STAGES, TRAINING, other_seconds, stage_seconds, training_seconds
from nextword.fitting.recipes import FitConfig
from nextword.fitting.stages import SILENT_SECONDS
from nextword.networks.kinds import NetworkConfig
from nextword.networks.transformer.config import TransformerConfig
from nextword.training.config import TrainingConfig

# Minutes that a note proposes where none were asked for.
USUAL_MINUTES = 10.0


def expected_seconds(
    tokens: int, vocabulary_size: int, network: NetworkConfig, training: TrainingConfig
) -> dict[str, float]:
    """Return what every stage will take, on 2 cores.

    Args:
        tokens: Tokens in the text.
        vocabulary_size: V.
        network: Sizes of the network.
        training: Options of the training, resolved.

    Examples:
        >>> from nextword import LSTMConfig
        >>> options = TrainingConfig().resolve(1_000_000, 10_000)
        >>> round(expected_seconds(1_000_000, 10_000, LSTMConfig(hidden_dim=300, num_layers=1), options)["training"])
        196
    """
    seconds = training_seconds(tokens, vocabulary_size, network, training.epochs or 1)
    limit = math.inf if training.time_limit is None else training.time_limit
    return {**stage_seconds(tokens, vocabulary_size), TRAINING: min(seconds, limit)}


def describe_long_fit(expected: Mapping[str, float], config: FitConfig, tokens: int, passes: int) -> tuple[Note, ...]:
    """Return a note if nobody asked for a time and it will be long.

    Args:
        expected: Seconds by stage, as they are estimated.
        config: Options that were given.
        tokens: Tokens in the text.
        passes: Over the text, at most.

    Returns:
        A note with the code "long-fit" and the figures `minutes`, `tokens` and `passes`, or nothing.
    """
    seconds = sum(expected.values())
    if config.time_limit is not None or seconds <= SILENT_SECONDS:
        return ()
    minutes = math.ceil(seconds / 60)
    sentence = (
        f"This will take about {minutes:,} minutes on 2 cores: {passes} passes over {tokens:,} words. "
        f"{_call(tokens, USUAL_MINUTES, config)} makes the best of {USUAL_MINUTES:g}."
    )
    return (Note(sentence, code="long-fit", minutes=minutes, tokens=tokens, passes=passes),)


def describe_words(config: FitConfig, tokens: int) -> tuple[Note, ...]:
    """Return a note if a recipe was told another size of text.

    Args:
        config: Options that were given.
        tokens: Tokens in the text.

    Returns:
        A note with the code "words-differ" and the figures `words` and `tokens`, or nothing where the text has half to
        twice as many.
    """
    words = config.words
    if words is None or (words <= 2 * tokens and tokens <= 2 * words):
        return ()
    minutes = USUAL_MINUTES if config.time_limit is None else config.time_limit / 60
    sentence = (
        f"The options are for {words:,} words, and the text has {tokens:,}. {_call(tokens, minutes, config)} has those "
        "that suit it."
    )
    return (Note(sentence, code="words-differ", words=words, tokens=tokens),)


def describe_time(
    seconds: Mapping[str, float], config: FitConfig, tokens: int, *, is_too_short: bool
) -> tuple[Note, ...]:
    """Return where the time went, and whether it was too short for the text.

    Args:
        seconds: Seconds by stage.
        config: Options that were given.
        tokens: Tokens in the text.
        is_too_short: Whether no time was left for training.

    Returns:
        A note with the code "time" and the figures `seconds`, by stage, `total` and `asked`, None where nothing was;
        before it, where the time was too short, one with the code "time-too-short" and the figures `asked`, `taken` and
        `enough`, in seconds.
    """
    total, asked = sum(seconds.values()), config.time_limit
    stages = ", ".join(f"{stage} {seconds[stage]:,.0f}" for stage in STAGES if stage in seconds)
    figures: dict[str, Any] = {"seconds": dict(seconds), "total": total, "asked": asked}
    of_asked = "" if asked is None else f" of {asked:,.0f} asked"
    time = Note(f"Took {total:,.0f} s{of_asked}: {stages}.", code="time", **figures)
    if asked is None or not is_too_short:
        return (time,)
    others = total - seconds.get(TRAINING, 0.0)
    enough = math.ceil((others + max(others, other_seconds(tokens, math.inf))) / 6) * 6.0  # in tenths of a minute
    sentence = (
        f"{asked:,.0f} s are too short for this text: it took {total:,.0f}, and the network is hardly trained. "
        f"{_call(tokens, enough / 60, config)} leaves it half of the time."
    )
    return (Note(sentence, code="time-too-short", asked=asked, taken=total, enough=enough), time)


def _call(tokens: int, minutes: float, config: FitConfig) -> str:
    """Return a call of `recipe`; words are told by two digits."""
    digits = 10 ** max(0, len(str(tokens)) - 2)
    words = max(1, round(tokens / digits) * digits)
    network = ', network="transformer"' if isinstance(config.network, TransformerConfig) else ""
    return f"`recipe(words={words:_}, minutes={minutes:.3g}{network})`"
