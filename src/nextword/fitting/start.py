"""What a training begins with, from scratch or from a given model: one value, so that `fit` has one way.

Input: options, a corpus and its held-out part. Output: a `Start`: the stream in token ids, the network to train and
with which options, and what the language model is put together from at the end.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.corpus.spans import Spans, drawn_spans, find_spans
from nextword.corpus.stream import Corpus
from nextword.errors import Note
from nextword.files.temporary import IN_MEMORY, LongArrays, counts_all, is_in_file, pieces_of
from nextword.fitting.estimates import BUILDING, VECTORS
from nextword.fitting.further_training import BaseModel, check_base, extend_base, fine_tuning_options
from nextword.fitting.recipes import FitConfig, default_network
from nextword.networks.kinds import kind_of
from nextword.prediction.language_model import LanguageModel
from nextword.tokens.template import Template
from nextword.tokens.tokenizer import Tokenizer, TokenizerConfig
from nextword.tokens.vocabulary import EOS_ID, UNK_ID
from nextword.training.config import SMALL_TEXT, TrainingConfig
from nextword.training.order import TextStream
from nextword.vectors.cooccurrence import build_cooccurrence_vectors
from nextword.vectors.embedding import build_embedding_matrix
from nextword.vectors.values import Vectors

# Held-out tokens that every epoch is validated on at most; more would take time from training and tell no more.
VALIDATED_TOKENS = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class SplitStream:
    """All texts as one stream of token ids, and which of them are set aside.

    Attributes:
        ids: Token ids, int32 of shape (N,).
        is_held_out: Which tokens are not trained on, booleans of shape (N,).
        loss_mask: Which tokens are learnt, booleans of shape (N,).
        judged_mask: Which tokens models are judged on, booleans of shape (N,); where none of them is held out, as few
            conversations have a reply, those that are learnt.
        is_start: Which tokens begin a text, booleans of shape (N,).
        arrays: Where arrays as long as the stream are kept.
        training: What is trained on; without a mask where all tokens are learnt.
        held_out: The texts that are held out, and parts of texts.
    """

    ids: NDArray[np.int32]
    is_held_out: NDArray[np.bool_]
    loss_mask: NDArray[np.bool_]
    judged_mask: NDArray[np.bool_]
    is_start: NDArray[np.bool_]

    arrays: LongArrays = IN_MEMORY
    training: TextStream = field(init=False, repr=False)
    held_out: Spans = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Take out what is trained on, and find something to judge on in what is held out."""
        object.__setattr__(self, "held_out", find_spans(self.is_held_out, self.is_start))
        if not any(self.judged_mask[first:last].any() for first, last in self._spans()):
            object.__setattr__(self, "judged_mask", self.loss_mask)
        object.__setattr__(self, "training", self._training())

    def _spans(self) -> Iterator[tuple[int, int]]:
        return zip(self.held_out.firsts.tolist(), self.held_out.lasts.tolist(), strict=True)

    def _training(self) -> TextStream:
        lengths = find_spans(self.is_held_out, self.is_start, value=False).lengths
        starts = np.cumsum(lengths) - lengths
        if not len(self.held_out.firsts):
            return TextStream(self.ids, None if counts_all(self.loss_mask) else self.loss_mask, starts)
        parts = list(pieces_of(len(self.ids)))
        ids = self.arrays.joined((self.ids[part][~self.is_held_out[part]] for part in parts), np.int32)
        if counts_all(self.loss_mask):
            return TextStream(ids, None, starts)
        mask = self.arrays.joined((self.loss_mask[part][~self.is_held_out[part]] for part in parts), np.bool_)
        return TextStream(ids, mask, starts)

    @property
    def validation(self) -> TextStream | None:
        """What epochs are validated on; None where no held-out token counts."""
        drawn = drawn_spans(self.held_out, VALIDATED_TOKENS)
        parts = [slice(first, last) for first, last in zip(drawn.firsts.tolist(), drawn.lasts.tolist(), strict=True)]
        masks = [np.asarray(self.judged_mask[part]) for part in parts]
        if not any(mask.any() for mask in masks):
            return None
        ids = np.concatenate([self.ids[part] for part in parts])
        mask = None if counts_all(self.judged_mask) else np.concatenate(masks)
        return TextStream(ids, mask, np.cumsum(drawn.lengths) - drawn.lengths)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Start:
    """Everything that is decided before training.

    Attributes:
        stream: What is trained on and what is held out.
        tokenizer: Built from the part that is trained on.
        model: The network to train, in Keras.
        training: With which options.
        template: How the model reads conversations; None for a model of texts.
        base: The model that training goes on from, over the words of both; None from scratch.
        notes: What was decided.
    """

    stream: SplitStream
    tokenizer: Tokenizer
    model: Any
    training: TrainingConfig
    template: Template | None = None
    base: BaseModel | None = None
    notes: tuple[Note, ...] = ()

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each word was seen, in the text of a given model too; 0 for role tokens, integers of shape (V,)."""
        counts = self.tokenizer.vocabulary.counts_array()
        counts[list(self.tokenizer.vocabulary.role_ids)] = 0
        return counts

    @property
    def blocked(self) -> tuple[str, ...]:
        """Words that are blocked in the given model, and stay so."""
        return () if self.base is None else self.base.blocked


def describe_memory(corpus: Corpus, config: FitConfig) -> tuple[Note, ...]:
    """Return a note where the numbered text is kept in temporary files.

    Args:
        corpus: The text.
        config: With its `max_memory`.

    Returns:
        A note with the code "max-memory" and the figures `max_memory` and `tokens`, or nothing.
    """
    tokens = len(corpus.texts.word_numbers)
    if not is_in_file(corpus.texts.word_numbers):
        return ()
    sentence = (
        f"Keeps {tokens:,} numbered tokens, and what is counted in them, in temporary files, as `max_memory` is "
        f"{config.max_memory / 1e6:,.0f} MB."
    )
    return (Note(sentence, code="max-memory", max_memory=config.max_memory, tokens=tokens),)


# Share of unknown words from which a note says what to do.
MANY_UNKNOWN = 0.2


def describe_stream(stream: SplitStream, training: TrainingConfig) -> tuple[Note, ...]:
    """Return notes on the order of the texts, and on how many held-out words are unknown.

    Args:
        stream: What is trained on and what is held out.
        training: With which options.

    Returns:
        A note with the code "order" (figure `shuffled`) where there are several texts, and one with the code
        "unknown-words" (figures `share` and `words`) where something is held out.
    """
    notes: list[Note] = []
    starts = stream.training.starts
    if starts is not None and len(starts) > 1:
        sentence = (
            "Texts come in a new random order every epoch, in runs that begin from a fresh start."
            if training.shuffle
            else "Texts come in their order, as one stream."
        )
        notes.append(Note(sentence, code="order", shuffled=training.shuffle))
    number = unknown = 0
    for part in pieces_of(len(stream.ids)):
        if stream.is_held_out[part].any():
            of_part = stream.ids[part][stream.is_held_out[part] & stream.judged_mask[part]]
            number += int(np.count_nonzero(of_part != EOS_ID))
            unknown += int(np.count_nonzero(of_part == UNK_ID))
    if number:
        share = unknown / number
        advice = (
            " That is much: give more text of the kind that will be typed, or a smaller `min_count`."
            if share > MANY_UNKNOWN
            else ""
        )
        notes.append(
            Note(
                f"{share:.1%} of {number:,} held-out words are unknown and cannot be suggested.{advice}",
                code="unknown-words",
                share=share,
                words=number,
            )
        )
    return tuple(notes)


# Passes over few conversations, and passes without a better one: that a reply takes up a word of the question is learnt
# late and at once, after 10 to 18 passes over 320 conversations.
DIALOGUE_PASSES, DIALOGUE_PATIENCE = 24, 12


def _split(corpus: Corpus, tokenizer: Tokenizer, is_held_out: NDArray[np.bool_]) -> SplitStream:
    """Return the stream of a corpus in ids."""
    return SplitStream(
        corpus.encode(tokenizer), is_held_out, corpus.loss_mask, corpus.judged_mask, corpus.is_start, corpus.arrays
    )


def dialogue_options(config: TrainingConfig, stream: SplitStream) -> TrainingConfig:
    """Return options of training on conversations: few of them are read more often, where validation says when to stop.

    Args:
        config: Options as they were given; those that are not None hold.
        stream: The conversations.
    """
    if len(stream.training.ids) >= SMALL_TEXT or stream.validation is None:
        return config
    return replace(config, epochs=config.epochs or DIALOGUE_PASSES, patience=config.patience or DIALOGUE_PATIENCE)


class StartPlan(NamedTuple):
    """What is known before a text is read.

    Attributes:
        tokenizer: How text becomes words.
        make_start: A function from a corpus, its held-out tokens, booleans of shape (N,), and `begin`, which is told
            the stages as they begin, to a start.
    """

    tokenizer: TokenizerConfig
    make_start: Callable[..., Start]


def plan_start(config: FitConfig, *, vectors: Vectors | None, base: LanguageModel | None) -> StartPlan:
    """Return how a training begins; what cannot be begun is refused before a text is read.

    Args:
        config: Options of every stage.
        vectors: Pretrained word vectors; None for none.
        base: The model to train further; None to train from scratch.

    Raises:
        InputTypeError: If `base` is no language model; code "not-a-language-model".
        InputError: If it has no network, or two; code "not-one-network".
        ConfigError: If another tokenizer, network or beginning of the embedding is asked for than `base` has; codes
            "base-has-another" and "vectors-and-base".
    """
    if base is None:
        return StartPlan(config.tokenizer, partial(fresh_start, config=config, vectors=vectors))
    check_base(base, config, has_vectors=vectors is not None)
    return StartPlan(base.tokenizer.config, partial(further_start, config=config, lm=base))


def _untold(stage: str) -> None:
    """Tell nobody that a stage begins."""


def fresh_start(
    corpus: Corpus,
    is_held_out: NDArray[np.bool_],
    *,
    config: FitConfig,
    vectors: Vectors | None = None,
    begin: Callable[[str], object] = _untold,
) -> Start:
    """Return a start from scratch: vocabulary, embedding and network of a text.

    Args:
        corpus: The numbered text, N tokens.
        is_held_out: Which of them are set aside, booleans of shape (N,).
        config: Options of every stage.
        vectors: Pretrained vectors that the embedding begins with; None for those that `config` counts in the text.
        begin: Told the stages "vectors" and "building" as they begin.

    Raises:
        InputError: If there is no word in the text, or no reply to learn.
        ConfigError: If `config.embedding` asks for another width than that of the vectors, or `config.dialogue` for a
            window that the network does not see; codes as of `build_embedding_matrix` and `DialogueConfig`.
    """
    tokenizer = corpus.tokenizer_of(~is_held_out, config.tokenizer)
    stream = _split(corpus, tokenizer, is_held_out)
    training_ids = stream.training.ids
    network = config.network or default_network(len(training_ids))
    embedding, counting = config.start_of(network, has_vectors=vectors is not None)
    words = tokenizer.vocabulary
    begin(VECTORS)
    counted = None if counting is None else build_cooccurrence_vectors(training_ids, words, counting)
    begin(BUILDING)
    matrix = build_embedding_matrix(words, embedding, vectors if counted is None else counted)
    del counted  # as large as the matrix
    return Start(
        stream=stream,
        tokenizer=tokenizer,
        model=kind_of(network).build(matrix, network),
        training=dialogue_options(config.training, stream) if tokenizer.vocabulary.roles else config.training,
        template=config.dialogue.template_for(network) if tokenizer.vocabulary.roles else None,
        notes=describe_stream(stream, config.training),
    )


def further_start(
    corpus: Corpus,
    is_held_out: NDArray[np.bool_],
    *,
    config: FitConfig,
    lm: LanguageModel,
    begin: Callable[[str], object] = _untold,
) -> Start:
    """Return a start from a given model, whose vocabulary has grown by the new words.

    Args:
        corpus: The numbered text, N tokens.
        is_held_out: Which of them are set aside, booleans of shape (N,).
        config: Options; those of training, of what is mixed in, and the window of conversations apply.
        lm: The model, which stays as it is; `check_base` lets it pass.
        begin: Told the stage "building" as it begins.

    Raises:
        InputError: If there is no word in the text, or these are conversations and the model is of texts.
        ConfigError: If `config.dialogue` asks for a window that the network does not see.
    """
    tokenizer = corpus.extend(lm.tokenizer, ~is_held_out)
    stream = _split(corpus, tokenizer, is_held_out)
    begin(BUILDING)
    base = extend_base(lm, tokenizer)
    validation = stream.validation
    training = fine_tuning_options(
        config.training,
        len(is_held_out) - int(np.count_nonzero(is_held_out)),
        len(tokenizer.vocabulary),
        base.network.config,
        num_validation_tokens=0 if validation is None else len(validation.ids),
    )
    template = lm.template
    if tokenizer.vocabulary.roles and (template is None or config.dialogue.window):
        template = config.dialogue.template_for(base.network.config)
    return Start(
        stream=stream,
        tokenizer=tokenizer,
        model=base.keras_model(),
        training=training,
        template=template,
        base=base,
        notes=(*base.notes, *describe_stream(stream, training)),
    )
