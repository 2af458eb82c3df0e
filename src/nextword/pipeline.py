"""The whole story on one page: text in, language model out.

`fit` splits, builds vocabulary and network on the training part, trains, mixes the network with an n-gram model and a
recency cache of the same text, and puts the model together; `recipe` says with which options. Both only compose the
stages.
"""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from nextword.blending import blend
from nextword.checks import check_integer, check_number
from nextword.cooccurrence import CooccurrenceConfig, build_cooccurrence_vectors
from nextword.dataset import hold_out
from nextword.embedding import EmbeddingConfig, build_embedding_matrix
from nextword.errors import InputError
from nextword.language_model import LanguageModel, build_language_model, to_runtime
from nextword.models.config import LSTMConfig
from nextword.models.lstm import build_lstm
from nextword.ngram import NgramConfig
from nextword.reading import is_hard_wrapped, read_texts
from nextword.runtime.cache import CacheConfig
from nextword.text import SENTENCE_ENDS
from nextword.tokenizer import LINE_BREAK, TokenizerConfig, index_texts, tokenizer_from_counts
from nextword.training.checkpoint import check_folder
from nextword.training.config import SMALL_TEXT, TrainingConfig
from nextword.training.loop import train
from nextword.vectors import Vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class FitConfig:
    """The options of every stage.

    Args:
        tokenizer: How text becomes words.
        embedding: Width and seed of the embedding matrix; a width of None is that of the vectors, or of the network.
        cooccurrence: How the vectors that the embedding begins with are counted from the text, where no pretrained ones
            are given; their width is that of the embedding. None begins at random.
        ngram: Order and pruning of the n-gram model that is mixed with the LSTM; None leaves it out.
        cache: Window and smoothing of the recency cache that is mixed with them; None leaves it out.
        network: Sizes of the LSTM; None takes one layer with a dropout of 0.5 for texts below 100,000 tokens, where a
            second only learns by heart, and the defaults of `LSTMConfig` above.
        training: How it is trained.
        held_out: Share of the texts kept for validation, 0 (none) to below 0.5.

    Raises:
        ConfigError: If `held_out` is outside its range.
    """

    tokenizer: TokenizerConfig = field(default_factory=TokenizerConfig)
    embedding: EmbeddingConfig = field(default_factory=EmbeddingConfig)
    cooccurrence: CooccurrenceConfig | None = field(default_factory=CooccurrenceConfig)
    network: LSTMConfig | None = None
    ngram: NgramConfig | None = field(
        default_factory=lambda: NgramConfig(min_counts=(1, 1, 1, 2), max_ngrams=8_000_000)
    )
    cache: CacheConfig | None = field(default_factory=CacheConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    held_out: float = 0.05

    def __post_init__(self) -> None:
        """Check the share."""
        check_number("held_out", self.held_out, 0.0, 0.5)


def fit(
    source: str | os.PathLike[str] | Iterable[str],
    config: FitConfig | None = None,
    *,
    vectors: Vectors | None = None,
    checkpoint_dir: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> LanguageModel:
    """Train a language model on one's own text.

    Part of the texts is held out first: whole texts where there are at least 20, else the end of the text from a
    sentence end on, and nothing below 200 words. Vocabulary and network see the rest only; the held-out part chooses
    the best epoch and how network, n-gram model and recency cache are mixed, and is counted into the n-grams at the
    end. What was decided, and what each part contributes, is printed and kept in `lm.training.notes`.

    Args:
        source: Path of a UTF-8 text file, or of a folder with `*.txt` files; or an iterable of texts, which may be a
            generator and is read once. Of a file each line is a text, but hard-wrapped prose is read by paragraphs, by
            the rule of `is_hard_wrapped`.
        config: Options of every stage; the default trains a 1 MB text in about 5 minutes on 2 cores.
        vectors: Pretrained word vectors to start from, as `load_vectors` returns them.
        checkpoint_dir: Folder of the checkpoints of this training, made if missing: interrupted or killed, it goes on
            from the last one when called again with the same arguments, as `train` tells. None for no checkpoints.
        progress: Draw progress on standard error.

    Returns:
        A frozen `LanguageModel`, NumPy inside, ready to predict and to be saved.

    Raises:
        MissingFileError: If the path does not exist.
        TextFileError: If a file is no UTF-8 text.
        InputTypeError: If `source` is neither, or an item is no `str`.
        InputError: If there is no word in the texts.
        TrainingDivergedError: If the loss becomes infinite or not a number.
        CheckpointError: If the checkpoints are of another training or all damaged.
        CheckpointFolderError: If they cannot be written, or another training writes there.

    Examples:
        >>> lm = fit(["I like tea.", "You like tea."], recipe(words=8, minutes=0.05), progress=False)
        >>> len(lm.vocabulary)
        8
    """
    config = FitConfig() if config is None else config
    if checkpoint_dir is not None:
        check_folder(checkpoint_dir)  # before the texts are read, which may take a while
    texts, notes = _open(source)
    indexed = index_texts(texts, config.tokenizer)
    ends = [number for number, word in enumerate(indexed.words) if word == LINE_BREAK or word in SENTENCE_ENDS]
    is_end = np.isin(indexed.numbers, ends)
    is_held_out, note = hold_out(indexed.lengths, is_end, config.held_out, config.training.seed)
    notes.append(note)
    if progress:
        print(*notes, sep="\n", file=sys.stderr)

    counts = np.bincount(indexed.numbers[~is_held_out], minlength=len(indexed.words)).tolist()
    seen = {word: count for word, count in zip(indexed.words, counts, strict=True) if count}
    tokenizer = tokenizer_from_counts(seen, config.tokenizer)
    ids = tokenizer.ids_of(indexed.words)[indexed.numbers]
    network = config.network or _network(int(np.count_nonzero(~is_held_out)))
    embedding = config.embedding
    if embedding.embedding_dim is None and vectors is None:
        embedding = replace(embedding, embedding_dim=network.hidden_dim)
    if vectors is None and config.cooccurrence is not None:
        counting = replace(config.cooccurrence, dimension=embedding.embedding_dim or network.hidden_dim)
        vectors = build_cooccurrence_vectors(ids[~is_held_out], tokenizer.vocabulary, counting)
    matrix = build_embedding_matrix(tokenizer.vocabulary, embedding, vectors)
    model = build_lstm(matrix, network)
    validation_ids = ids[is_held_out] if is_held_out.any() else None
    result = train(
        model,
        ids[~is_held_out],
        config.training,
        validation_ids=validation_ids,
        checkpoint_dir=checkpoint_dir,
        progress=progress,
    )
    runtime, decided = blend(
        to_runtime(result.model),
        ids,
        is_held_out,
        tokenizer.vocabulary,
        ngram=config.ngram,
        cache=config.cache,
    )
    notes += decided
    if progress:
        print(*decided, sep="\n", file=sys.stderr)
    return build_language_model(tokenizer, runtime, history=result.history, notes=notes)


def recipe(words: int, minutes: float) -> FitConfig:
    """Return the options that make the best of a time on 2 cores.

    A row of the table is taken when the time allows so many passes over the text; larger networks need more of them.
    A text below 100,000 words gets the small network of `FitConfig` whatever the time.

    Args:
        words: Number of words in the text.
        minutes: Time for training.

    Returns:
        A `FitConfig`, to be changed with `dataclasses.replace` or given to `fit`.

    Raises:
        ConfigError: If a value is of the wrong kind or not above 0.

    Examples:
        >>> recipe(words=1_000_000, minutes=10).network.hidden_dim
        200
    """
    check_integer("words", words, 1)
    check_number("minutes", minutes, 0.0, above=True)
    fitting = (sizes for speed, passes, sizes in RECIPES if minutes * 60 * speed / words >= passes)
    network = None if words < SMALL_TEXT else next(fitting)
    return FitConfig(network=network, training=TrainingConfig(time_limit=minutes * 60.0))


# Words a second on 2 cores as measured, passes over the text that pay, and the network they pay for; best first.
RECIPES = (
    (4_000.0, 10.0, LSTMConfig(hidden_dim=400, dropout=0.4)),
    (9_000.0, 0.0, LSTMConfig(hidden_dim=200, dropout=0.2)),
)


def _network(num_tokens: int) -> LSTMConfig:
    return LSTMConfig(num_layers=1, dropout=0.5) if num_tokens < SMALL_TEXT else LSTMConfig()


def _open(source: str | os.PathLike[str] | Iterable[str]) -> tuple[Iterable[str], list[str]]:
    if isinstance(source, str | os.PathLike):
        paragraphs = is_hard_wrapped(source)
        unit = "paragraph (the lines are hard-wrapped)" if paragraphs else "line"
        # Not the path: notes are saved with the model, and equal texts give equal models wherever they lie.
        return read_texts(source, paragraphs=paragraphs), [f"Read one text a {unit}."]
    if isinstance(source, list | tuple) and source and all(_is_file(item) for item in source):
        raise InputError(
            f"`fit` takes one path or an iterable of texts; received a list of {len(source)} files, {source[0]!r} "
            "first. Read them: fit(read_texts(*paths))."
        )
    return source, []


def _is_file(item: object) -> bool:
    try:
        return isinstance(item, str | os.PathLike) and Path(item).is_file()
    except (OSError, ValueError):  # a long text is no path
        return False
