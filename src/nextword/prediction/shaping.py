"""Temperature, masked tokens and blocked words: one wrapper for everything that shapes a distribution.

Input: a runtime and a `Shape`. Output: a `Runtime` over the same token ids at a temperature, in which masked tokens
have no probability; whatever is asked for, a call of `log_probabilities` copies and normalises once.

Masking is done in `log_probabilities`, which everything that predicts calls. What blocked words forbid is told by
`forbidden.py`, anew for every shape: only the words themselves are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import ConfigError, InputError, check_number, described
from nextword.files.word_checks import check_blocked
from nextword.prediction.forbidden import Forbidden, find_forbidden
from nextword.prediction.shaped_distribution import MaskedDistribution
from nextword.runtime import (
    Distribution,
    Part,
    Runtime,
    State,
    WholeDistribution,
    distributions_of,
    log_softmax,
    logits_of,
    parts_of,
    span_edges,
)
from nextword.tokens.forms import comparison_forms
from nextword.tokens.tokenizer import Tokenizer
from nextword.tokens.vocabulary import EOS_ID

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.001, 1_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is done to the distribution of a language model; by default nothing.

    Args:
        temperature: What log-probabilities are divided by: above 1 flattens the distribution, below 1 sharpens it.
        never: Ids of tokens that are read but never come out, such as role tokens; kept sorted, each once.
        blocked: Words and phrases that must not come out, in any spelling; kept in their comparison form, sorted, each
            once.

    Raises:
        ConfigError: If the temperature is no number from 0.001 to 1,000, or `blocked` is a `str` or has an
            empty word or something else than words; code "option-out-of-range".
        InputError: If `blocked` has more or longer words than a file may hold, or a control character; codes
            "over-limit" and "control-characters".

    Examples:
        >>> Shape(temperature=2.0, blocked=("Tea", "ＴＥＡ"))
        Shape(temperature=2.0, never=(), blocked=('tea',))
    """

    temperature: float = 1.0
    never: tuple[int, ...] = ()
    blocked: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the temperature and bring the words into one form."""
        check_number("temperature", self.temperature, LOWEST_TEMPERATURE, highest=HIGHEST_TEMPERATURE)
        object.__setattr__(self, "temperature", float(self.temperature))
        object.__setattr__(self, "never", tuple(sorted(set(self.never))))
        words = () if isinstance(self.blocked, str) else tuple(self.blocked)
        forms = set(_tidy_forms([word if isinstance(word, str) else "" for word in words]))
        if isinstance(self.blocked, str) or "" in forms:
            raise ConfigError(
                f"`blocked` is a tuple of words, none of them empty; received {described(self.blocked)}.",
                code="option-out-of-range",
                option="blocked",
                value=self.blocked,
            )
        blocked = tuple(sorted(forms))
        check_blocked(blocked)  # what `save` would refuse is refused here
        object.__setattr__(self, "blocked", blocked)


@dataclass(frozen=True, slots=True, eq=False)
class ShapedRuntime:
    """A runtime in its shape; made by `shaped`.

    Args:
        base: The runtime that gives the probabilities.
        shape: What is done to them.
        tokenizer: The tokenizer of the token ids.

    Raises:
        InputError: If the sizes of the vocabularies differ, or an id of `shape.never` is outside; code
            "shape-does-not-fit".
    """

    base: Runtime
    shape: Shape
    tokenizer: Tokenizer
    _masked: NDArray[np.int64] = field(init=False, repr=False)  # ids that have no probability, whatever was read
    _forbidden: Forbidden | None = field(init=False, repr=False)  # what blocked words forbid after a text

    def __post_init__(self) -> None:
        """Find the tokens to mask."""
        vocabulary, shape = self.tokenizer.vocabulary, self.shape
        size = self.base.vocabulary_size
        if size != len(vocabulary) or not all(0 <= token_id < size for token_id in shape.never):
            raise InputError(
                f"a shape is that of one vocabulary; received a tokenizer of {len(vocabulary)} tokens, a runtime of "
                f"{size} and the ids {shape.never}.",
                code="shape-does-not-fit",
                vocabulary_sizes=(len(vocabulary), size),
                never=shape.never,
            )
        forbidden = find_forbidden(shape.blocked, self.tokenizer) if shape.blocked else None
        always = () if forbidden is None else forbidden.always.tolist()
        masked = np.unique(np.array([*shape.never, *always], np.int64))
        masked.flags.writeable = False
        object.__setattr__(self, "_masked", masked)
        object.__setattr__(self, "_forbidden", forbidden)

    @property
    def vocabulary_size(self) -> int:
        """V, the number of token ids."""
        return self.base.vocabulary_size

    def parts(self) -> tuple[Part, ...]:
        """Return the parts of the base."""
        return parts_of(self.base)

    def initial_state(self, batch: int = 1) -> State:
        """Return the base's state and the last tokens read, int32 (B, as many as blocked words need).

        Args:
            batch: B, at least 1.

        Raises:
            InputError: If `batch` is no integer of at least 1.
        """
        memory = 0 if self._forbidden is None else self._forbidden.memory
        return (*self.base.initial_state(batch), np.full((batch, memory), EOS_ID, np.int32))

    def advance(self, state: State, ids: ArrayLike) -> State:
        """Return the state after more tokens, also ones that never come out; `state` stays as it was.

        Args:
            state: State of B texts.
            ids: Integers of shape (B, T), or (B,) for one token a text; with B = 1 also (T,).

        Raises:
            InputTypeError: If the ids are no integers, or lists of different lengths.
            InputError: If their shape does not fit the state, or one is outside the vocabulary.
        """
        base_state, recent = self.base.advance(state[:-1], ids), state[-1]  # the base refuses what are no ids
        if recent.shape[1]:
            rows = np.asarray(ids, np.int32).reshape(len(recent), -1)
            recent = np.concatenate((recent, rows), axis=1)[:, -recent.shape[1] :]
        return (*base_state, recent)

    def log_probabilities(self, state: State) -> NDArray[np.float32]:
        """Return log-probabilities at the temperature.

        Args:
            state: State of B texts.

        Returns:
            Natural logs, float32 of shape (B, V): -inf for what is masked, the others sum to 1.
        """
        logs = logits_of(self.base, state[:-1])
        temperature = self.shape.temperature
        logs = logs.copy() if temperature == 1.0 else logs / np.float32(temperature)
        logs[:, self._masked] = -np.inf
        if self._forbidden is not None and state[-1].shape[1]:
            for row, recent in zip(logs, state[-1].tolist(), strict=True):
                for token_ids in self._forbidden.after(recent):
                    row[token_ids] = -np.inf
        return log_softmax(logs)

    def distributions(self, state: State) -> Sequence[Distribution]:
        """Return the distribution of each text, in which what is masked does not come.

        At a temperature every probability depends on all others, so the whole is computed.

        Args:
            state: State of B texts.
        """
        if self.shape.temperature != 1.0:
            edges = span_edges(self.vocabulary_size)
            return [WholeDistribution(np.exp(logs, dtype=np.float64), edges) for logs in self.log_probabilities(state)]
        distributions: list[Distribution] = []
        for base, recent in zip(distributions_of(self.base, state[:-1]), state[-1].tolist(), strict=True):
            forbidden = self._forbidden.after(recent) if self._forbidden is not None and recent else ()
            masked = [self._masked, *forbidden]
            ids = np.unique(np.concatenate(masked)) if len(masked) > 1 else self._masked
            distributions.append(MaskedDistribution(base, ids) if len(ids) else base)
        for row, distribution in enumerate(distributions):
            if isinstance(distribution, MaskedDistribution) and distribution.is_inexact:
                logs = self.log_probabilities(tuple(array[row : row + 1] for array in state))[0]
                distributions[row] = WholeDistribution(np.exp(logs, dtype=np.float64), distribution.edges)
        return distributions


def shaped(runtime: Runtime, tokenizer: Tokenizer, **changes: Any) -> Runtime:
    """Return a runtime with a changed shape.

    Args:
        runtime: Any runtime, in a shape already or not.
        tokenizer: The tokenizer of its token ids.
        changes: Fields of `Shape` and their new values.

    Returns:
        A `ShapedRuntime`; the same one if neither shape nor tokenizer change, the bare one if the shape is the default.

    Raises:
        ConfigError: If the temperature is no number from 0.001 to 1,000; code "option-out-of-range".
        InputError: If tokenizer and runtime do not fit; code "shape-does-not-fit".

    Examples:
        >>> import nextword as nw
        >>> tokenizer = nw.build_tokenizer(["green tea"])
        >>> ngram = nw.build_ngram([3, 4, 2], vocabulary_size=5)
        >>> runtime = shaped(shaped(ngram, tokenizer, blocked=("tea",)), tokenizer, temperature=2.0)
        >>> unshaped(runtime)[1], shaped(runtime, tokenizer, blocked=(), temperature=1.0) is ngram
        (Shape(temperature=2.0, never=(), blocked=('tea',)), True)
    """
    base, shape = unshaped(runtime)
    changed = replace(shape, **changes)
    if changed == Shape():
        return base
    if changed == shape and runtime.tokenizer == tokenizer:  # type: ignore[attr-defined]
        return runtime
    return ShapedRuntime(base, changed, tokenizer)


def unshaped(runtime: Runtime) -> tuple[Runtime, Shape]:
    """Return the bare runtime and its shape.

    Args:
        runtime: Any runtime, in a shape or not.

    Returns:
        The runtime below the shape, and the shape; `Shape()` for a runtime that is in none.
    """
    return (runtime.base, runtime.shape) if isinstance(runtime, ShapedRuntime) else (runtime, Shape())


def _tidy_forms(words: list[str]) -> list[str]:
    """Return comparison forms with single spaces, quickly where there are no others."""
    lines = "\n".join(words)
    spaces = lines.count(" ")
    if lines.count("\n") != len(words) - 1 or len(lines.split()) != spaces + len(words):
        words = [" ".join(word.split()) for word in words]
    forms = comparison_forms(words)
    return [" ".join(form.split()) for form in forms] if spaces else forms
