"""The vocabulary: which words a model knows, in id order, and how often each was seen.

Input: words in id order, with their counts. Output: a frozen `Vocabulary`, the only source of V.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice, repeat
from types import MappingProxyType
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError, InputTypeError, check_items, check_kind, described
from nextword.tokens.forms import comparison_form, comparison_forms, spellings
from nextword.tokens.prefixes import FormIndex, PrefixIndex, build_form_index, build_prefix_index
from nextword.tokens.texts import check_text, check_texts

PAD_ID, UNK_ID, EOS_ID = 0, 1, 2
SPECIAL_TOKENS = ("<pad>", "<unk>", "<eos>")

_MOST = np.iinfo(np.int64).max  # of a count

ONCE_SEEN_SHARE = 0.5
"""Part of the count of the words seen once that goes to `<unk>` where a text has no unknown words."""


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary(Sequence[str]):
    """Words in id order, ids 0 to 2 being `<pad> <unk> <eos>`; a read-only sequence of `str`.

    Args:
        words: All V words, the three special tokens first, then the role tokens.
        counts: How often each was seen in the training text, V integers; zeros if left out. The count of `<unk>` is
            the number of training tokens outside the vocabulary, the count of `<eos>` that of line and text ends.
        roles: Role tokens of a model of conversations, such as `<user>`. Like the special tokens they are no words, so
            they never stand for anything written in a text. None by default.

    Raises:
        InputTypeError: If `words` or `roles` are no iterable of `str`, or `counts` no iterable; codes as in
            `check_texts` and "wrong-kind".
        InputError: If the special or role tokens are missing, a word is repeated, the lengths differ or a count is no
            integer of at least 0; codes "special-tokens-missing", "word-repeated", "counts-length" and "count-invalid".

    Examples:
        >>> vocabulary = Vocabulary(("<pad>", "<unk>", "<eos>", "tea"))
        >>> len(vocabulary), vocabulary[3], vocabulary.id_of("tea"), "coffee" in vocabulary
        (4, 'tea', 3, False)
    """

    words: tuple[str, ...]
    counts: tuple[int, ...] = ()
    roles: tuple[str, ...] = ()
    _spellers: list[Any] = field(init=False, repr=False)  # the one of `build_speller`, made when first asked for
    _ids: dict[str, int] = field(init=False, repr=False)
    # Made when first asked for; of each at most one.
    _forms: list[tuple[str, ...]] = field(init=False, repr=False)
    _spellings: list[FormIndex] = field(init=False, repr=False)
    _prefixes: list[PrefixIndex] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the words and index them."""
        words, roles = checked_words("words", self.words), checked_words("roles", self.roles)
        marks = SPECIAL_TOKENS + roles
        first = len(marks)
        if words[:first] != marks:
            raise InputError(
                f"`words` begin with the special tokens and `roles`, {marks}; received {words[:first]!r:.80}. "
                "`build_tokenizer` makes a vocabulary.",
                code="special-tokens-missing",
                expected=marks,
                received=words[:first],
            )
        # These are no words of a text: leaving them out of the index keeps a literal "<eos>" or "<user>" plain text.
        ids = dict(zip(islice(words, first, None), count(first), strict=False))
        if len(ids) != len(words) - first or len(set(marks)) < first or not ids.keys().isdisjoint(marks):
            seen: set[str] = set()
            repeated = next(word for word in words if word in seen or seen.add(word))  # type: ignore[func-returns-value]
            raise InputError(
                f"a vocabulary holds each word once; {repeated!r} is there twice.", code="word-repeated", word=repeated
            )
        counts = _checked_counts(self.counts, len(words))
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "roles", roles)
        object.__setattr__(self, "_spellers", [])
        object.__setattr__(self, "_ids", ids)
        for name in ("_forms", "_spellings", "_prefixes"):
            object.__setattr__(self, name, [])

    @property
    def ids(self) -> Mapping[str, int]:
        """The ids of the words, read-only; special and role tokens are left out."""
        return MappingProxyType(self._ids)

    @property
    def first_word(self) -> int:
        """The id of the first word of a text: 3, or more where there are role tokens."""
        return len(SPECIAL_TOKENS) + len(self.roles)

    @property
    def role_ids(self) -> tuple[int, ...]:
        """The ids of the role tokens; none in a model of texts."""
        return tuple(range(len(SPECIAL_TOKENS), self.first_word))

    def __len__(self) -> int:
        """Return V, special and role tokens included."""
        return len(self.words)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        """Return the word of an id."""
        try:
            return self.words[index]
        except TypeError as error:
            raise InputTypeError(
                f"`vocabulary[index]` is the word of an id, an integer; received {described(index)}. The id of a word "
                "is `vocabulary.id_of(word)`.",
                code="wrong-kind",
                argument="index",
                received=type(index).__name__,
            ) from error

    def __iter__(self) -> Iterator[str]:
        """Iterate over the words in id order."""
        return iter(self.words)

    def __contains__(self, word: object) -> bool:
        """Return whether a word, special or role token is listed."""
        return isinstance(word, str) and (word in self._ids or word in SPECIAL_TOKENS or word in self.roles)

    def __eq__(self, other: object) -> bool:
        """Compare words, counts and roles."""
        if not isinstance(other, Vocabulary):
            return NotImplemented
        return (self.words, self.counts, self.roles) == (other.words, other.counts, other.roles)

    def __hash__(self) -> int:
        """Hash the words."""
        return hash(self.words)

    def __repr__(self) -> str:
        """Show the size and the first words."""
        first = self.first_word
        shown = ", ".join(map(repr, self.words[first : first + 5]))
        return f"Vocabulary({len(self)} words: {shown}{', ...' if len(self) > first + 5 else ''})"

    @property
    def forms(self) -> tuple[str, ...]:
        """The comparison forms of the words in id order, special and role tokens left out; made at the first call."""
        if not self._forms:
            self._forms.append(tuple(comparison_forms(self.words[self.first_word :])))
        return self._forms[0]

    def id_of(self, word: str) -> int:
        """Return the id of a word in any spelling, the nearest that is listed; `<unk>` (id 1) if there is none.

        The word as it is comes first, then the words that have its comparison form: those of the same case first, then
        its other casings in the order of `spellings`, then any.

        Args:
            word: One word as `split_words` gives it.

        Returns:
            The id of the listed word.

        Raises:
            InputTypeError: If `word` is no `str`; code "text-not-str".

        Examples:
            >>> vocabulary = Vocabulary(("<pad>", "<unk>", "<eos>", "Tea", "milk", "iPhone", "don't"))
            >>> [vocabulary.id_of(word) for word in ("Tea", "tea", "MILK", "juice", "<eos>")]
            [3, 3, 4, 1, 1]
            >>> [vocabulary.id_of(word) for word in ("iphone", "Don’t", "ｔｅａ")]
            [5, 6, 3]
        """
        token_id = self._ids.get(check_text("word", word))
        if token_id is not None:  # most often: the other spellings need not be made
            return token_id
        if word.isascii() and word.isalnum():  # it has no other signs, so its casings are the nearest
            for spelling in spellings(word):
                token_id = self._ids.get(spelling)
                if token_id is not None:
                    return token_id
        if not self._spellings:
            self._spellings.append(build_form_index(self.forms, self.first_word))
        token_id = self._spellings[0].nearest(word, self.words, self.counts)
        return UNK_ID if token_id is None else token_id

    def exact_ids(self, words: Iterable[str]) -> NDArray[np.int32]:
        """Return the ids of words in exactly this casing; `<unk>` (id 1) for those that are not listed.

        Args:
            words: N words as `split_words` gives them.

        Returns:
            Token ids, int32 of shape (N,).

        Raises:
            InputTypeError: If `words` is one `str`, or an item is no `str`; codes as in `check_texts`.

        Examples:
            >>> Vocabulary(("<pad>", "<unk>", "<eos>", "tea")).exact_ids(["tea", "Tea"]).tolist()
            [3, 1]
        """
        if not isinstance(words, list | tuple):
            words = list(check_texts(words, "words"))
        try:
            # One look-up a word in C, in the dict itself: through a read-only view it takes 40% longer.
            ids = [*map(self._ids.get, words, repeat(UNK_ID))]
        except TypeError:  # a list is no key
            ids = [UNK_ID]
        if UNK_ID in ids:  # then some may be no words at all
            checked_words("words", words)
        return np.array(ids, dtype=np.int32)

    def ids_with_prefix(self, prefix: str) -> NDArray[np.int64]:
        """Return the ids of the words that begin with a prefix in any spelling, special and role tokens left out.

        A word counts if its comparison form begins with that of the prefix: `don’` finds `don't`, `MC` `McDonald`.
        The first call sorts the words; the time of later ones hardly grows with V.

        Args:
            prefix: Beginning of a word; "" finds all words.

        Returns:
            Token ids, int64 of shape (number of such words,), ascending.

        Raises:
            InputTypeError: If `prefix` is no `str`; code "text-not-str".

        Examples:
            >>> Vocabulary(("<pad>", "<unk>", "<eos>", "tea", "milk", "Team")).ids_with_prefix("te").tolist()
            [3, 5]
        """
        check_text("prefix", prefix)
        return self.prefix_index().find(comparison_form(prefix))

    def prefix_index(self) -> PrefixIndex:
        """Return the comparison forms of the words in code point order, special and role tokens left out.

        The first call sorts the words.
        """
        if not self._prefixes:
            self._prefixes.append(build_prefix_index(zip(self.forms, count(self.first_word), strict=False)))
        return self._prefixes[0]

    def counts_array(self) -> NDArray[np.int64]:
        """Return the counts, int64 of shape (V,)."""
        return np.asarray(self.counts, dtype=np.int64)


def check_vocabulary(vocabulary: object) -> None:
    """Raise `InputTypeError` unless `vocabulary` is one.

    Args:
        vocabulary: What was given.

    Raises:
        InputTypeError: If it is something else; code "not-a-vocabulary".
    """
    has_one = isinstance(getattr(vocabulary, "vocabulary", None), Vocabulary)
    way_out = f"Give {'its `.vocabulary`' if has_one else '`tokenizer.vocabulary`'}."
    check_kind("vocabulary", vocabulary, Vocabulary, way_out, code="not-a-vocabulary")


def checked_words(name: str, words: Iterable[str]) -> tuple[str, ...]:
    """Return words as a tuple, each checked to be a `str`, quickly where all are.

    Args:
        name: Name of the argument.
        words: What was given.

    Raises:
        InputTypeError: If it is no iterable of `str`; codes as in `check_texts`.
    """
    if not isinstance(words, list | tuple) or not set(map(type, words)) <= {str}:
        return tuple(check_texts(words, name))
    return tuple(words)


def _checked_counts(given: Any, num_words: int) -> tuple[int, ...]:
    """Return one count a word, zeros where none is given."""
    if isinstance(given, np.ndarray) and given.dtype == np.int64 and given.shape == (num_words,) and given.min() >= 0:
        return tuple(given.tolist())
    values = given.tolist() if isinstance(given, np.ndarray) else given
    counts = (values if type(values) is tuple else check_items("counts", values, object)) or (0,) * num_words
    if len(counts) != num_words:
        raise InputError(
            f"`counts` needs one count a word, {num_words}; received {len(counts)}.",
            code="counts-length",
            words=num_words,
            counts=len(counts),
        )
    # All kinds first, in C: two million counts take a hundredth of the time that a loop does.
    if set(map(type, counts)) != {int} or min(counts) < 0 or max(counts) > _MOST:
        bad = next(count for count in counts if type(count) is not int or not 0 <= count <= _MOST)
        raise InputError(
            f"`counts` are integers of at least 0 and below 2^63; received {described(bad)} among them.",
            code="count-invalid",
            count=bad,
        )
    return counts


def counts_with_unknown(counts: NDArray[np.int64], first_word: int) -> NDArray[np.float64]:
    """Return counts in which `<unk>` has one: where it had none, half of the count of each word seen once goes to it.

    Args:
        counts: How often each token was seen, integers of shape (V,); they stay as they are.
        first_word: Id of the first word; the special and role tokens below it keep their counts.

    Returns:
        Float64 of shape (V,), with the same sum.

    Examples:
        >>> counts_with_unknown(np.array([0, 0, 1, 4, 1, 1]), first_word=3).tolist()
        [0.0, 1.0, 1.0, 4.0, 0.5, 0.5]
        >>> counts_with_unknown(np.array([0, 2, 1, 4, 1, 1]), first_word=3).tolist()
        [0.0, 2.0, 1.0, 4.0, 1.0, 1.0]

    References:
        Good, 1953, The Population Frequencies of Species and the Estimation of Population Parameters (words seen once
        tell how likely unseen words are).
    """
    result = counts.astype(np.float64)
    if not result[UNK_ID]:
        seen_once = result == 1
        seen_once[:first_word] = False
        result[seen_once] = 1.0 - ONCE_SEEN_SHARE
        result[UNK_ID] = ONCE_SEEN_SHARE * np.count_nonzero(seen_once)
    return result
