"""The whole story on one page: text in, language model out.

`fit` splits, builds vocabulary and network on the training part, trains, mixes the network with an n-gram model and a
recency cache of the same text, and puts the model together. It only composes the stages; `recipes.py` says with which
options.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from nextword.blending import blend
from nextword.cooccurrence import build_cooccurrence_vectors
from nextword.dataset import hold_out
from nextword.embedding import build_embedding_matrix
from nextword.errors import InputError
from nextword.language_model import LanguageModel, build_language_model, to_runtime
from nextword.networks import kind_of
from nextword.reading import is_hard_wrapped, read_texts
from nextword.recipes import FitConfig, default_network
from nextword.runtime.weights import in_half_precision
from nextword.text import SENTENCE_ENDS
from nextword.tokenizer import LINE_BREAK, index_texts, tokenizer_from_counts
from nextword.training.checkpoint import check_folder
from nextword.training.loop import train
from nextword.vectors import Vectors

# Held-out tokens that every epoch is validated on at most; more would take time from training and tell no more.
VALIDATED_ON = 50_000


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
        config: Options of every stage; the default trains a 1 MB text in about 2 minutes on 2 cores, and
            `recipe` gives those for another time.
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
        InputError: If there is no word in the texts, or a list of files is given.
        ConfigError: If `config.embedding` asks for another width than that of the vectors.
        TrainingDivergedError: If the loss becomes infinite or not a number.
        CheckpointError: If the checkpoints are of another training or all damaged.
        CheckpointFolderError: If they cannot be written, or another training writes there.
        OSError: If n-grams are counted on disk and there is no room for them.

    Examples:
        >>> lm = fit(["I like tea.", "You like tea."], progress=False)
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
    training_ids = ids[~is_held_out]
    network = config.network or default_network(len(training_ids))
    embedding, counting = config.start_of(network, has_vectors=vectors is not None)
    if counting is not None:
        vectors = build_cooccurrence_vectors(training_ids, tokenizer.vocabulary, counting)
    matrix = build_embedding_matrix(tokenizer.vocabulary, embedding, vectors)
    model = kind_of(network).build(matrix, network)
    validation_ids = ids[is_held_out][:VALIDATED_ON] if is_held_out.any() else None
    result = train(
        model,
        training_ids,
        config.training,
        validation_ids=validation_ids,
        checkpoint_dir=checkpoint_dir,
        progress=progress,
    )
    runtime, decided = blend(
        in_half_precision(to_runtime(result.model)),
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
