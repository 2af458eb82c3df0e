"""The vocabulary: which words a model knows, in id order, and how often each was seen.

Enters: words with their counts. Leaves: a frozen `Vocabulary`, the only source of V. Order is by count, then by code
points, so it depends neither on hashing nor on the order of the texts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, repeat
from types import MappingProxyType
from typing import overload

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError, check_integer
from nextword.tokens.prefixes import PrefixIndex, build_prefix_index

PAD_ID, UNK_ID, EOS_ID = 0, 1, 2
SPECIAL_TOKENS = ("<pad>", "<unk>", "<eos>")


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary(Sequence[str]):
    """Words in id order, ids 0 to 2 being `<pad> <unk> <eos>`; a read-only sequence of `str`.

    Args:
        words: All V words, the three special tokens first, then the role tokens.
        counts: How often each was seen in the training text, V integers; zeros if left out. The count of `<unk>` is
            the number of training tokens outside the vocabulary, the count of `<eos>` that of line and text ends.
        roles: Role tokens of a model of conversations, such as `<user>`: like the special tokens they are no words, so
            no text has them. None by default.

    Raises:
        InputError: If the special or role tokens are missing, a word is repeated, the lengths differ or a count is no
            integer of at least 0.

    Examples:
        >>> vocabulary = Vocabulary(("<pad>", "<unk>", "<eos>", "tea"))
        >>> len(vocabulary), vocabulary[3], vocabulary.id_of("tea"), "coffee" in vocabulary
        (4, 'tea', 3, False)
    """

    words: tuple[str, ...]
    counts: tuple[int, ...] = ()
    roles: tuple[str, ...] = ()
    _ids: dict[str, int] = field(init=False, repr=False)
    _prefixes: dict[bool, PrefixIndex] = field(init=False, repr=False)  # made when first asked for

    def __post_init__(self) -> None:
        """Check the words and index them."""
        words, roles = tuple(self.words), tuple(self.roles)
        marks = SPECIAL_TOKENS + roles
        first = len(marks)
        if words[:first] != marks:
            raise InputError(f"a vocabulary begins with {marks}; received {words[:first]!r} as its first words.")
        # These are no words of a text: leaving them out of the index keeps a literal "<eos>" or "<user>" plain text.
        ids = {word: token_id for token_id, word in enumerate(islice(words, first, None), start=first)}
        if len(ids) != len(words) - first or len(set(marks)) < first or any(word in ids for word in marks):
            seen: set[str] = set()
            repeated = next(word for word in words if word in seen or seen.add(word))  # type: ignore[func-returns-value]
            raise InputError(f"a vocabulary holds each word once; {repeated!r} is there twice.")
        counts = tuple(self.counts) or (0,) * len(words)
        if len(counts) != len(words):
            raise InputError(f"`counts` needs one count a word, {len(words)}; received {len(counts)}.")
        if any(type(count) is not int or count < 0 for count in counts):
            bad = next(count for count in counts if type(count) is not int or count < 0)
            raise InputError(f"counts are integers of at least 0; received {bad!r} ({type(bad).__name__}).")
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "roles", roles)
        object.__setattr__(self, "_ids", ids)
        object.__setattr__(self, "_prefixes", {})

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
        return self.words[index]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the words in id order."""
        return iter(self.words)

    def __contains__(self, word: object) -> bool:
        """Return whether a word, special or role token is listed."""
        return word in self._ids or word in SPECIAL_TOKENS or word in self.roles

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

    def id_of(self, word: str) -> int:
        """Return the id of a word, looked up in its other casings before it becomes `<unk>` (id 1).

        Args:
            word: One word as `split_words` gives it.

        Examples:
            >>> vocabulary = Vocabulary(("<pad>", "<unk>", "<eos>", "Tea", "milk"))
            >>> [vocabulary.id_of(word) for word in ("Tea", "tea", "MILK", "juice", "<eos>")]
            [3, 3, 4, 1, 1]
        """
        ids = self._ids
        token_id = ids.get(word)
        if token_id is None:
            for variant in (word.lower(), word.capitalize(), word.upper()):
                token_id = ids.get(variant)
                if token_id is not None:
                    return token_id
            return UNK_ID
        return token_id

    def exact_ids(self, words: Iterable[str]) -> NDArray[np.int32]:
        """Return the ids of words written exactly so, int32 of shape (N,); `<unk>` (id 1) for what is not listed.

        Args:
            words: Words as `split_words` gives them.

        Examples:
            >>> Vocabulary(("<pad>", "<unk>", "<eos>", "tea")).exact_ids(["tea", "Tea"]).tolist()
            [3, 1]
        """
        # One look-up a word in C, in the dict itself: through a read-only view it takes 40% longer.
        return np.array([*map(self._ids.get, words, repeat(UNK_ID))], dtype=np.int32)

    def ids_with_prefix(self, prefix: str, *, ignore_case: bool = False) -> NDArray[np.int64]:
        """Return the ids of the words that begin with a prefix, special tokens left out, in ascending order.

        The first call sorts the words; later ones take a time that does not grow with V.

        Args:
            prefix: Empty finds all words.
            ignore_case: Whether case is ignored.

        Examples:
            >>> Vocabulary(("<pad>", "<unk>", "<eos>", "tea", "milk", "Team")).ids_with_prefix("te").tolist()
            [3]
        """
        index = self._prefixes.get(ignore_case)
        if index is None:
            index = self._prefixes[ignore_case] = build_prefix_index(self._ids.items(), ignore_case=ignore_case)
        return index.find(prefix.casefold() if ignore_case else prefix)

    def counts_array(self) -> NDArray[np.int64]:
        """Return the counts, int64 of shape (V,)."""
        return np.asarray(self.counts, dtype=np.int64)


def extend_vocabulary(
    vocabulary: Vocabulary,
    counts: Mapping[str, int],
    *,
    end_count: int = 0,
    min_count: int = 1,
    max_vocabulary: int | None = None,
    roles: Mapping[str, int] | None = None,
) -> Vocabulary:
    """Return a vocabulary and the new words of another text behind it, the most frequent first; counts are added up.

    Args:
        vocabulary: Its words keep their ids.
        counts: How often each word was seen in the other text.
        end_count: How many `<eos>` it has.
        min_count: New words seen less often are left out and counted as `<unk>`.
        max_vocabulary: Largest V; a vocabulary that has it already gets no new words. None for no limit.
        roles: How often each role token was seen in it.

    Examples:
        >>> first = build_vocabulary({"tea": 2})
        >>> second = extend_vocabulary(first, {"milk": 1, "tea": 1})
        >>> second, second.counts
        (Vocabulary(5 words: 'tea', 'milk'), (0, 0, 0, 3, 1))
    """
    new = sorted(
        (item for item in counts.items() if item[1] >= min_count and item[0] not in vocabulary),
        key=lambda item: (-item[1], item[0]),
    )
    if max_vocabulary is not None:
        new = new[: max(0, max_vocabulary - len(vocabulary))]
    longer = Vocabulary(
        (*vocabulary.words, *(word for word, _ in new)), (*vocabulary.counts, *[0] * len(new)), vocabulary.roles
    )
    # Words that are left out count for what they are read as: `<unk>`, or another casing.
    added = [0] * len(longer)
    for word, count in counts.items():
        added[longer.id_of(word)] += count
    added[EOS_ID] += end_count
    for word, count in (roles or {}).items():
        added[vocabulary.words.index(word)] += count
    return Vocabulary(longer.words, tuple(map(sum, zip(longer.counts, added, strict=True))), longer.roles)


def build_vocabulary(
    counts: Mapping[str, int],
    *,
    end_count: int = 0,
    min_count: int = 1,
    max_vocabulary: int | None = None,
    roles: Mapping[str, int] | None = None,
) -> Vocabulary:
    """Return the vocabulary of counted words, the most frequent first, equal counts in code point order.

    Args:
        counts: How often each word was seen; special and role tokens are left out of it.
        end_count: How many `<eos>` the text has.
        min_count: Words seen less often are left out and counted as `<unk>`.
        max_vocabulary: Largest V, special and role tokens included; None for no limit.
        roles: Role tokens of conversations in id order, and how often each was seen; None for a model of texts.

    Raises:
        InputError: If no word is left.
        ConfigError: If `min_count` is below 1, or `max_vocabulary` has no place for a word.

    Examples:
        >>> build_vocabulary({"b": 1, "a": 1, "c": 5}, max_vocabulary=5)
        Vocabulary(5 words: 'c', 'a')
    """
    check_integer("min_count", min_count, 1)
    roles = {} if roles is None else roles
    marks = SPECIAL_TOKENS + tuple(roles)
    if max_vocabulary is not None:
        check_integer("max_vocabulary", max_vocabulary, len(marks) + 1)
    kept = sorted(
        (item for item in counts.items() if item[1] >= min_count and item[0] not in marks),
        key=lambda item: (-item[1], item[0]),
    )
    if max_vocabulary is not None:
        kept = kept[: max_vocabulary - len(marks)]
    if not kept:
        raise InputError(
            f"no word is left for the vocabulary: {len(counts)} different words came in, `min_count` is {min_count} "
            f"and `max_vocabulary` is {max_vocabulary}. Give a text with words in it, or lower `min_count`."
        )
    unknown = sum(counts.values()) - sum(count for _, count in kept)
    return Vocabulary(
        marks + tuple(word for word, _ in kept),
        (0, unknown, end_count, *roles.values(), *(count for _, count in kept)),
        tuple(roles),
    )
