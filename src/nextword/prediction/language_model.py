"""A language model: a tokenizer and a runtime over its ids, with a record of the training.

Input: a tokenizer and a trained Keras model, or a runtime. Output: a frozen `LanguageModel`, NumPy inside, which
everything in `prediction/`, `evaluation/` and `bundle/` takes as its first argument.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nextword.errors import InputError, check_items, check_kind
from nextword.networks.kinds import is_keras_model, to_runtime
from nextword.prediction.shaping import shaped
from nextword.runtime import Runtime, check_runtime, is_runtime
from nextword.tokens.template import Template
from nextword.tokens.tokenizer import Tokenizer, check_tokenizer
from nextword.tokens.vocabulary import Vocabulary
from nextword.training.config import TrainingConfig
from nextword.training.history import History, TrainingResult


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSummary:
    """The record of a training; it has no times but in a note where a time was asked, so that equal models stay equal.

    Attributes:
        config: The options used.
        tokens: Number of training tokens.
        held_out_tokens: Number of held-out tokens that epochs were validated on; 0 for none. Bundles keep the name.
        perplexities: Training perplexity of every epoch.
        held_out_perplexities: Held-out perplexity of every epoch; empty without held-out text.
        best_epoch: Epoch whose weights were kept, from 1; 0 where a given network was kept.
        stopped_by: What ended training.
        notes: Sentences on what was decided on the way, those of `fit` with a code and figures; see `Note`.
    """

    config: TrainingConfig
    tokens: int
    held_out_tokens: int
    perplexities: tuple[float, ...]
    held_out_perplexities: tuple[float, ...]
    best_epoch: int
    stopped_by: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class LanguageModel:
    """A tokenizer and a runtime over its ids; immutable, made by `build_language_model`, `fit` or `load`.

    Attributes:
        tokenizer: Text <-> token ids.
        runtime: `advance` and `log_probabilities` over token ids, in a `Shape` that has the temperature, the blocked
            words and the role tokens.
        training: How it was trained; None where that is not known.
        template: How it reads conversations; None for a model of texts.

    Raises:
        InputTypeError: If one of them is of another kind; codes "not-a-tokenizer", "not-a-runtime" and "wrong-kind".
    """

    tokenizer: Tokenizer
    runtime: Runtime
    training: TrainingSummary | None = None
    template: Template | None = None

    def __post_init__(self) -> None:
        """Check the kinds."""
        check_tokenizer(self.tokenizer)
        check_runtime("runtime", self.runtime)
        if self.training is not None:
            check_kind("training", self.training, TrainingSummary)
        if self.template is not None:
            check_kind("template", self.template, Template)

    @property
    def vocabulary(self) -> Vocabulary:
        """The words in id order."""
        return self.tokenizer.vocabulary

    def __copy__(self) -> "LanguageModel":
        """Return the model itself, which nothing can change."""
        return self

    def __repr__(self) -> str:
        """Show the kind and the size."""
        return f"LanguageModel({type(self.runtime).__name__}, {len(self.vocabulary)} words)"


def check_language_model(lm: object, *others: object, name: str = "lm") -> None:
    """Raise `InputTypeError` unless `lm` is a language model.

    Args:
        lm: What was given.
        others: The arguments behind it: where one of them is a language model, they were swapped.
        name: Name of the argument.

    Raises:
        InputTypeError: If it is something else; code "not-a-language-model".
    """
    if isinstance(lm, LanguageModel):
        return
    if any(isinstance(other, LanguageModel) for other in others):
        way_out = "The language model comes first: the arguments are swapped."
    elif isinstance(lm, str | os.PathLike):
        way_out = "Load it first: `nextword.load(path)`."
    elif isinstance(lm, TrainingResult):
        way_out = "Put its model together with the tokenizer: `build_language_model(tokenizer, result.model)`."
    elif is_keras_model(lm) or is_runtime(lm):
        way_out = "Put it together with its tokenizer: `build_language_model(tokenizer, model)`."
    elif isinstance(getattr(lm, "lm", None), LanguageModel):
        way_out = "Give its `.lm`."
    else:
        way_out = "`fit`, `load` and `build_language_model` return one."
    check_kind(name, lm, LanguageModel, way_out, code="not-a-language-model")


def build_language_model(
    tokenizer: Tokenizer,
    model: Any,
    *,
    history: History | None = None,
    notes: Sequence[str] = (),
    template: Template | None = None,
) -> LanguageModel:
    """Put a tokenizer and a trained network together.

    Args:
        tokenizer: What `build_tokenizer` returned.
        model: A Keras model of `build_lstm`, `build_transformer` or `train`, whose weights are copied, or a `Runtime`.
            Its temperature and blocked words hold, and are found again with this tokenizer; role tokens alone are what
            never comes out.
        history: The history that `train` returned with the model; a record of it is kept in the language model.
        notes: Sentences to be kept with the record.
        template: How the model reads conversations, for a tokenizer with role tokens, which are read but never come
            out; a plain `Template()` by default.

    Returns:
        A frozen `LanguageModel`, which no longer needs Keras.

    Raises:
        InputTypeError: If `model` is neither a Keras model of this package nor a `Runtime` (code "not-a-network"), or
            another argument is of another kind (codes "not-a-tokenizer" and "wrong-kind").
        InputError: If the vocabularies of tokenizer and model differ in size (code "vocabularies-differ"), or a
            template is given for a tokenizer without role tokens (code "template-without-roles").
    """
    check_tokenizer(tokenizer)
    if history is not None:
        check_kind("history", history, History, "`train` returns it, as `result.history`.")
    notes = check_items("notes", notes, str)
    if template is not None:
        check_kind("template", template, Template)
    runtime = model if is_runtime(model) else to_runtime(model)
    if runtime.vocabulary_size != len(tokenizer.vocabulary):
        raise InputError(
            f"`tokenizer` has {len(tokenizer.vocabulary)} tokens and `model` {runtime.vocabulary_size}. Build the "
            "embedding matrix from this tokenizer's vocabulary.",
            code="vocabularies-differ",
            vocabulary_sizes=(len(tokenizer.vocabulary), runtime.vocabulary_size),
        )
    vocabulary = tokenizer.vocabulary
    if template is not None and not vocabulary.roles:
        raise InputError(
            "a `template` is for a vocabulary with role tokens, as `fit` builds it from conversations.",
            code="template-without-roles",
        )
    summary = None if history is None else _summary(history, notes)
    runtime = shaped(runtime, tokenizer, never=vocabulary.role_ids)
    if vocabulary.roles:
        template = template or Template()
    return LanguageModel(tokenizer, runtime, summary, template)


def _summary(history: History, notes: Sequence[str]) -> TrainingSummary:
    held_out = [record.validation_perplexity for record in history.epochs]
    return TrainingSummary(
        config=history.config,
        tokens=history.tokens,
        held_out_tokens=history.validation_tokens,
        perplexities=tuple(record.perplexity for record in history.epochs),
        held_out_perplexities=tuple(value for value in held_out if value is not None),
        best_epoch=history.best_epoch,
        stopped_by=history.stopped_by,
        notes=tuple(notes),
    )
