"""Counted words -> a vocabulary, or a longer one.

Input: how often each word was seen. Output: a `Vocabulary`, its words ordered by count, then by code points, so it
depends neither on hashing nor on the order of the texts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from nextword.errors import InputError, check_integer
from nextword.tokens.forms import spelling_forms
from nextword.tokens.vocabulary import EOS_ID, SPECIAL_TOKENS, Vocabulary


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
        InputError: If no word is left; code "vocabulary-empty".
        ConfigError: If `min_count` is below 1, or `max_vocabulary` has no room for a word; code "option-out-of-range".

    Examples:
        >>> build_vocabulary({"b": 1, "a": 1, "c": 5}, max_vocabulary=5)
        Vocabulary(5 words: 'c', 'a')
    """
    check_integer("min_count", min_count, 1)
    roles = {} if roles is None else roles
    marks = SPECIAL_TOKENS + tuple(roles)
    if max_vocabulary is not None:
        check_integer("max_vocabulary", max_vocabulary, len(marks) + 1)
    listed = most_frequent_first(item for item in counts.items() if item[1] >= min_count and item[0] not in marks)
    if max_vocabulary is not None:
        listed = listed[: max_vocabulary - len(marks)]
    if not listed:
        raise InputError(
            f"no word is left for the vocabulary: {len(counts)} different words came in, `min_count` is {min_count} "
            f"and `max_vocabulary` is {max_vocabulary}. Give a text with words in it, or lower `min_count`.",
            code="vocabulary-empty",
            words=len(counts),
            min_count=min_count,
            max_vocabulary=max_vocabulary,
        )
    unknown = sum(counts.values()) - sum(count for _, count in listed)
    return Vocabulary(
        marks + tuple(word for word, _ in listed),
        (0, unknown, end_count, *roles.values(), *(count for _, count in listed)),
        tuple(roles),
    )


def extend_vocabulary(
    vocabulary: Vocabulary,
    counts: Mapping[str, int],
    *,
    end_count: int = 0,
    min_count: int = 1,
    max_vocabulary: int | None = None,
    roles: Mapping[str, int] | None = None,
) -> Vocabulary:
    """Return a vocabulary followed by the new words of another text, the most frequent first; counts are added up.

    Args:
        vocabulary: Its words keep their ids.
        counts: How often each word was seen in the other text.
        end_count: How many `<eos>` the other text has.
        min_count: New words seen less often are left out and counted as `<unk>`.
        max_vocabulary: Largest V; a vocabulary that has it already gets no new words. None for no limit.
        roles: How often each role token was seen in the other text.

    Examples:
        >>> first = build_vocabulary({"tea": 2})
        >>> second = extend_vocabulary(first, {"milk": 1, "tea": 1})
        >>> second, second.counts
        (Vocabulary(5 words: 'tea', 'milk'), (0, 0, 0, 3, 1))
    """
    candidates = (item for item in counts.items() if item[1] >= min_count and item[0] not in vocabulary)
    new_words = [word for word, _ in most_frequent_first(candidates)]
    if max_vocabulary is not None:
        new_words = new_words[: max(0, max_vocabulary - len(vocabulary))]
    longer = Vocabulary((*vocabulary.words, *new_words), (*vocabulary.counts, *[0] * len(new_words)), vocabulary.roles)
    # Words that are left out count for what they are read as: `<unk>`, or another casing.
    added = [0] * len(longer)
    for word, count in counts.items():
        added[longer.id_of(word)] += count
    added[EOS_ID] += end_count
    for word, count in (roles or {}).items():
        added[vocabulary.words.index(word)] += count
    return Vocabulary(longer.words, tuple(map(sum, zip(longer.counts, added, strict=True))), longer.roles)


def merge_spellings(counts: Mapping[str, int], known: Iterable[str] = ()) -> dict[str, int]:
    """Return counts in which words that differ in signs and width only are one word, in its most frequent spelling.

    `don’t` and `don't` would otherwise be two words, each learnt from a part of the text. Case is kept, and marks are:
    an opening quote is no closing one.

    Args:
        counts: How often each word was seen.
        known: Words that are listed already: of a spelling of theirs they are the word.

    Examples:
        >>> merge_spellings({"don’t": 1, "don't": 3, "Don’t": 1, "“": 2, '"': 1})
        {"don't": 4, 'Don’t': 1, '“': 2, '"': 1}
        >>> merge_spellings({"ＡＰＩ": 3, "API": 1}, known=["API"])
        {'API': 4}
    """
    words = [word for word in counts if any(map(str.isalnum, word))]
    spelt: dict[str, list[str]] = defaultdict(list)
    for word, form in zip(words, spelling_forms(words), strict=True):
        spelt[form].append(word)
    listed = list(known)
    listed_by_form = dict(zip(spelling_forms(listed), listed, strict=True))
    one_word: dict[str, str] = {}
    for form, group in spelt.items():
        chosen = listed_by_form.get(form)
        if chosen is None and len(group) > 1:
            # Of equally frequent ones that with plain signs.
            chosen = sorted(group, key=lambda word: (-counts[word], word not in spelt, word))[0]
        if chosen is not None:
            one_word |= dict.fromkeys(group, chosen)
    one_word |= {word: word for word in listed}
    merged: dict[str, int] = {}
    for spelling, count in counts.items():
        listed_spelling = one_word.get(spelling, spelling)
        merged[listed_spelling] = merged.get(listed_spelling, 0) + count
    return merged


def most_frequent_first(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return words with their counts, the most frequent first, equal counts in code point order.

    Args:
        counts: Pairs of a word and its count.

    Examples:
        >>> most_frequent_first({"tea": 1, "milk": 2, "rum": 1}.items())
        [('milk', 2), ('rum', 1), ('tea', 1)]
    """
    return sorted(counts, key=lambda item: (-item[1], item[0]))
