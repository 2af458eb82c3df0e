"""Which words of some texts a vocabulary lacks (OOV, out of vocabulary).

Input: a tokenizer and texts. Output: an `OovReport` with the rate and the most frequent unknown words.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from nextword.errors import check_integer
from nextword.tokens.counts import most_frequent_first
from nextword.tokens.texts import check_texts
from nextword.tokens.tokenizer import LINE_BREAK, Tokenizer, check_tokenizer
from nextword.tokens.vocabulary import UNK_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class OovReport:
    """Which words of some texts are outside a vocabulary.

    Attributes:
        tokens: Number of words in the texts, line ends not counted.
        unknown: How many of them are outside the vocabulary.
        words: The unknown words with their counts, the most frequent first.
    """

    tokens: int
    unknown: int
    words: tuple[tuple[str, int], ...]

    @property
    def rate(self) -> float:
        """Share of words outside the vocabulary, 0 to 1."""
        return self.unknown / self.tokens if self.tokens else 0.0


def report_oov(tokenizer: Tokenizer, texts: Iterable[str], *, most_common: int = 20) -> OovReport:
    """Count the words of texts that the vocabulary lacks.

    Args:
        tokenizer: What `build_tokenizer` returned.
        texts: Any iterable of `str`.
        most_common: How many unknown words to list.

    Raises:
        InputTypeError: If `tokenizer` is no `Tokenizer` (code "not-a-tokenizer"); if `texts` is one `str`, or an item
            is no `str`, codes as in `check_texts`.
        ConfigError: If `most_common` is no integer of at least 0; code "option-out-of-range".

    Examples:
        >>> from nextword.tokens.tokenizer import build_tokenizer
        >>> report_oov(build_tokenizer(["tea and milk"]), ["tea and rum"]).words
        (('rum', 1),)
    """
    check_tokenizer(tokenizer)
    check_integer("most_common", most_common, 0)
    counts: Counter[str] = Counter()
    for text in check_texts(texts):
        counts.update(word for word in tokenizer.split(text) if word != LINE_BREAK)
    unknown = [(word, count) for word, count in counts.items() if tokenizer.vocabulary.id_of(word) == UNK_ID]
    listed = most_frequent_first(unknown)[:most_common]
    return OovReport(tokens=counts.total(), unknown=sum(count for _, count in unknown), words=tuple(listed))
