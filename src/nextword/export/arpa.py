"""An n-gram model -> an ARPA file, which n-gram toolkits read.

Input: an `NgramRuntime` and the vocabulary of its ids. Output: a text file of the same model: log10 probabilities of
all n-grams and, for those that are a context, log10 of the weight of the shorter context.
"""

import os
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError, check_kind
from nextword.files.writing import check_target, write_whole
from nextword.ngrams.runtime import NgramRuntime
from nextword.tokens.vocabulary import EOS_ID, UNK_ID, Vocabulary, check_vocabulary

# Readers take these for something else, `<UNK>` for `<unk>`.
MARKS = frozenset(("<s>", "</s>", "<UNK>"))
BLANKS = frozenset(" \t\n\v\f\r\0")


def save_arpa(ngram: NgramRuntime, vocabulary: Vocabulary, path: str | os.PathLike[str]) -> None:
    """Save an n-gram model as an ARPA file; `<eos>` becomes `</s>` at the end of a text and `<s>` at its beginning.

    Orders of which pruning left nothing are not written. kenlm reads files of order 2 and more.

    Args:
        ngram: What `build_ngram` returned.
        vocabulary: The words of its token ids.
        path: Where to; written under another name first, then renamed.

    Raises:
        InputTypeError: If `ngram` is another kind of model (code "not-an-ngram-model"), `vocabulary` no vocabulary
            ("not-a-vocabulary"), or `path` no path ("path-kind").
        InputError: If the vocabulary has another size, or a word that such a file cannot hold: `<s>`, `</s>` and
            `<UNK>` are marks there, and blanks end a word (as in the vocabulary of characters); codes
            "vocabulary-sizes-differ" and "word-not-in-arpa".
            A path is refused with the codes of `save`.
        MissingFileError: If the folder does not exist; code "folder-missing".
        FilePermissionError: If file or folder are read-only; codes as of `save`.
        FileAccessError: If the file cannot be written; codes as of `save`.

    References:
        Stolcke, 2002, SRILM: an extensible language modeling toolkit (the format).
    """
    way_out = "`build_ngram` makes one; of a mixture, `nextword.runtime.models_in(lm.runtime)` lists the models."
    check_kind("ngram", ngram, NgramRuntime, way_out, code="not-an-ngram-model")
    check_vocabulary(vocabulary)
    check_target(path)  # before anything takes time
    if len(vocabulary) != ngram.vocabulary_size:
        raise InputError(
            f"`vocabulary` has {len(vocabulary)} words, the n-gram model {ngram.vocabulary_size}.",
            code="vocabulary-sizes-differ",
            vocabulary_size=len(vocabulary),
            expected=ngram.vocabulary_size,
        )
    for word in vocabulary:
        if word in MARKS or not BLANKS.isdisjoint(word):
            raise InputError(
                f"{word!r} is a mark or has a blank; an ARPA file cannot hold it as a word. Count a text without it.",
                code="word-not-in-arpa",
                word=word,
            )
    without_empty_orders = NgramRuntime(ngram.unigram, tuple(order for order in ngram.orders if len(order.words)))
    write_whole(path, "".join(_lines(without_empty_orders, vocabulary)).encode("utf-8"))


def _lines(ngram: NgramRuntime, vocabulary: Vocabulary) -> Iterator[str]:
    size = ngram.vocabulary_size
    first_words = [*vocabulary.words]  # as an n-gram of two words and more begins with them
    first_words[EOS_ID] = "<s>"
    later_words = [*vocabulary.words]
    later_words[EOS_ID] = "</s>"
    yield "\\data\\\n"
    yield f"ngram 1={size}\n"  # without `<pad>`, but `<eos>` twice
    for number, order in enumerate(ngram.orders, start=2):
        yield f"ngram {number}={len(order.words)}\n"

    with np.errstate(divide="ignore"):
        weights = [np.log10(order.backoff_weights.astype(np.float64)).clip(-99.0) for order in ngram.orders]
        unigrams = np.log10(ngram.unigram)
    yield "\n\\1-grams:\n"
    word_weights = weights[0] if weights else np.zeros(size)
    yield f"{unigrams[UNK_ID]:.7f}\t<unk>\t{word_weights[UNK_ID]:.7f}\n"
    yield f"-99\t<s>\t{word_weights[EOS_ID]:.7f}\n{unigrams[EOS_ID]:.7f}\t</s>\t0\n"
    for token_id in range(EOS_ID + 1, size):
        yield f"{max(unigrams[token_id], -99.0):.7f}\t{later_words[token_id]}\t{word_weights[token_id]:.7f}\n"

    keys = _keys(ngram)
    ngram_ids = np.arange(size)[:, None]  # (N, order) of the order below
    for number, order in enumerate(ngram.orders, start=2):
        contexts = np.repeat(np.arange(len(order.sizes)), order.sizes)
        ngram_ids = np.concatenate((ngram_ids[contexts], order.words[:, None].astype(np.int64)), axis=1)
        logs = np.log10(_probabilities(ngram, keys, ngram_ids)).tolist()
        yield f"\n\\{number}-grams:\n"
        is_context = number <= len(weights)
        order_weights = weights[number - 1].tolist() if is_context else [0.0] * len(logs)
        for log, ids, weight in zip(logs, ngram_ids.tolist(), order_weights, strict=True):
            words = " ".join([first_words[ids[0]], *(later_words[token_id] for token_id in ids[1:])])
            yield f"{log:.7f}\t{words}\t{weight:.7f}\n" if is_context else f"{log:.7f}\t{words}\n"
    yield "\n\\end\\\n"


def _keys(ngram: NgramRuntime) -> list[NDArray[np.int64]]:
    """Return context and last word of every n-gram as one ascending number, a list over the orders."""
    size = ngram.vocabulary_size
    return [np.repeat(np.arange(len(order.sizes)), order.sizes) * size + order.words for order in ngram.orders]


def _probabilities(
    ngram: NgramRuntime, keys: list[NDArray[np.int64]], ngram_ids: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the probability of the last word of n-grams (N, k) after the words before it, shape (N,)."""
    words = ngram_ids[:, -1]
    probabilities = ngram.unigram[words]
    for length in range(1, ngram_ids.shape[1]):
        contexts = ngram_ids[:, -1 - length]
        for number in range(1, length):  # the context of `length` words, word by word
            contexts = _find(keys[number - 1], contexts, ngram_ids[:, number - 1 - length], ngram.vocabulary_size)
        order = ngram.orders[length - 1]
        rows = _find(keys[length - 1], contexts, words, ngram.vocabulary_size)
        discounted = np.where(rows >= 0, order.discounted_probabilities[rows], 0.0)
        longer = discounted + order.backoff_weights[contexts] * probabilities
        probabilities = np.where(contexts >= 0, longer, probabilities)
    return probabilities


def _find(
    keys: NDArray[np.int64], contexts: NDArray[np.int64], words: NDArray[np.int64], vocabulary_size: int
) -> NDArray[np.int64]:
    """Return the rows of the n-grams that contexts and words are; -1 if there is none, or no context (-1)."""
    wanted = contexts * vocabulary_size + words
    rows = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where((contexts >= 0) & (keys[rows] == wanted), rows, -1)
