"""The vocabulary: what it holds, and how words are looked up."""

import copy
import pickle
import time

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

from nextword.errors import InputError, InputTypeError
from nextword.tokens.counts import build_vocabulary
from nextword.tokens.forms import comparison_form, spellings
from nextword.tokens.vocabulary import SPECIAL_TOKENS, UNK_ID, Vocabulary, counts_with_unknown


def test_unknown_words_are_looked_up_in_other_casings():
    vocabulary = Vocabulary((*SPECIAL_TOKENS, "tea", "Tea", "Milk", "USA", "茶", "ß"))
    cases = {
        "tea": 3,
        "Tea": 4,
        "TEA": 3,  # lower case comes before capitalised
        "milk": 5,
        "mILK": 5,
        "usa": 6,
        "Usa": 6,
        "茶": 7,
        "咖啡": UNK_ID,
        "": UNK_ID,
        "\n": UNK_ID,
        "<eos>": UNK_ID,
        "<PAD>": UNK_ID,
    }
    assert {word: vocabulary.id_of(word) for word in cases} == cases


@pytest.mark.parametrize(
    ("listed", "read"),
    [
        ("don't", ("don’t", "donʼt", "don＇t", "Don’t", "DON’T")),
        ("don’t", ("don't", "Don't", "donʼt")),
        ("iPhone", ("iphone", "IPHONE", "Iphone", "ｉＰｈｏｎｅ")),
        ("McDonald", ("mcdonald", "MCDONALD")),
        ("ışık", ("Işık", "IŞIK", "işik")),
        ("API", ("ＡＰＩ", "ａｐｉ", "Api")),
        ("2024", ("２０２４",)),
        ("２０２４", ("2024",)),
        ("find", ("ﬁnd", "Ｆind")),
        ("e-mail", ("e\u2011mail", "E\u2010Mail")),
        ("...", ("…", "……", "..")),
        ("…", ("...", "⋯")),
        ("--", ("–", "—", "――")),
        ("-", ("–", "—", "--", "−")),
        ("—", ("-", "–")),
        ('"', ("“", "”", "„")),
        ("❤", ("❤\ufe0f",)),
        ("👍🏽", ("👍", "👍🏿")),
    ],
)
def test_a_word_is_read_in_any_spelling(listed, read):
    vocabulary = Vocabulary((*SPECIAL_TOKENS, "tea", listed))
    assert [vocabulary.id_of(word) for word in (listed, *read)] == [4] * (1 + len(read))
    assert listed in vocabulary
    assert not set(read) & set(vocabulary)


def test_the_nearest_spelling_is_read():
    words = ("IT’S", "it’s", "It's", "its", "DonT", "dont", "iPad", "IPAd", "ipaD", "“", "”")
    vocabulary = Vocabulary((*SPECIAL_TOKENS, *words), (0, 0, 0, 50, 1, 1, 9, 1, 1, 2, 9, 9, 3, 5))
    nearest = {
        "IT’S": "IT’S",
        "it's": "it’s",  # other signs in the same case come before its own in another
        "itʼs": "it’s",
        "Itʼs": "It's",
        "ITʼS": "IT’S",
        "iTʼS": "it’s",
        "ｄｏｎｔ": "dont",
        "ＤｏｎＴ": "DonT",
        "ＩＰＡＤ": "IPAd",  # no casing of it: the most frequent, then the first
        '"': "”",
    }
    assert {word: vocabulary[vocabulary.id_of(word)] for word in nearest} == nearest


def test_no_word_is_read_as_another():
    vocabulary = Vocabulary((*SPECIAL_TOKENS, "don't", "café", "苹果", "tea", ".", "👍"))
    for word in ("dont", "cafe", "蘋果", "te", "teas", "。", ",", "👎", "\u200b", "<eos>", "<ＰＡＤ>", "\n", ""):
        assert vocabulary.id_of(word) == UNK_ID


SPELT = st.text(st.sampled_from("aAbＡ’'ʼ-–ıİiﬁ.…❤\ufe0f"), min_size=1, max_size=4)


@settings(deadline=None, max_examples=200)
@given(st.lists(SPELT, min_size=1, max_size=8, unique=True), SPELT)
def test_the_order_of_the_words_does_not_matter(words, word):
    counts = {spelling: 7 * position % 5 for position, spelling in enumerate(words)}
    found = []
    for order in (sorted(words), sorted(words, reverse=True)):
        vocabulary = Vocabulary((*SPECIAL_TOKENS, *order), (0, 0, 0, *map(counts.get, order)))
        assert [vocabulary.id_of(listed) for listed in order] == list(range(3, len(vocabulary)))
        found.append(vocabulary[vocabulary.id_of(word)])
        ids = vocabulary.ids_with_prefix(word).tolist()
        assert ids == [i for i in range(3, len(vocabulary)) if forms_begin(vocabulary[i], word)]
    assert counts.get(found[0]) == counts.get(found[1])
    assert (found[0] != "<unk>") == (
        comparison_form(word) in {comparison_form(listed) for listed in words} | dash_forms(words)
    )


def forms_begin(word, prefix):
    return comparison_form(word).startswith(comparison_form(prefix))


def dash_forms(words):
    forms = {comparison_form(word) for word in words}
    return {"-", "--"} if forms & {"-", "--"} else set()


def test_looking_up_a_listed_word_makes_no_forms():
    vocabulary = Vocabulary((*SPECIAL_TOKENS, *(f"w{number}" for number in range(20_000))))
    start = time.process_time()
    for number in range(2_000):
        vocabulary.id_of(f"W{number}")
    listed = time.process_time() - start
    start = time.process_time()
    vocabulary.id_of("ｗ7")
    assert listed < 3 * (time.process_time() - start)


def test_it_is_a_sequence():
    vocabulary = Vocabulary([*SPECIAL_TOKENS, "tea", "茶"], [0, 1, 2, 3, 4])
    assert (len(vocabulary), list(vocabulary), vocabulary[4], vocabulary[-1]) == (5, list(vocabulary.words), "茶", "茶")
    assert vocabulary[3:] == ("tea", "茶")
    assert vocabulary.index("茶") == 4
    assert ["茶" in vocabulary, "<unk>" in vocabulary, "Tea" in vocabulary, 3 in vocabulary] == [
        True,
        True,
        False,
        False,
    ]
    assert dict(vocabulary.ids) == {"tea": 3, "茶": 4}
    assert vocabulary.exact_ids(iter(["茶", "Tea", "<eos>", "tea"])).tolist() == [4, UNK_ID, UNK_ID, 3]
    assert vocabulary.exact_ids([]).dtype == np.int32
    assert repr(vocabulary) == "Vocabulary(5 words: 'tea', '茶')"
    assert repr(Vocabulary([*SPECIAL_TOKENS, *"abcdef"])).endswith("'e', ...)")
    assert not any(value in vocabulary for value in ([], {}, np.zeros(2), None))
    with pytest.raises(IndexError):
        vocabulary[5]
    for index in ("tea", 3.0, None, np.zeros(2), [3]):
        with refuses(InputTypeError, "wrong-kind", argument="index"):
            vocabulary[index]


def test_a_count_may_be_as_large_as_an_array_holds():
    assert Vocabulary((*SPECIAL_TOKENS, "tea"), (0, 0, 1, (1 << 63) - 1)).counts_array()[3] == (1 << 63) - 1


def test_counts_are_compared_too():
    words = (*SPECIAL_TOKENS, "tea")
    plain, counted = Vocabulary(words), Vocabulary(words, (0, 0, 1, 2))
    assert plain.counts == (0, 0, 0, 0)
    assert counted == Vocabulary(list(words), [0, 0, 1, 2])
    assert hash(counted) == hash(Vocabulary(words, (0, 0, 1, 2)))
    assert plain != counted
    assert plain != words
    array = counted.counts_array()
    assert (array.dtype, array.tolist()) == (np.int64, [0, 0, 1, 2])
    array[:] = 9
    assert counted.counts == (0, 0, 1, 2)


@pytest.mark.parametrize(
    ("words", "counts", "code", "figures"),
    [
        (("tea",), (), "special-tokens-missing", {"expected": SPECIAL_TOKENS, "received": ("tea",)}),
        (("<unk>", "<pad>", "<eos>"), (), "special-tokens-missing", {}),
        ((*SPECIAL_TOKENS, "tea", "milk", "tea"), (), "word-repeated", {"word": "tea"}),
        ((*SPECIAL_TOKENS, "tea", "<eos>"), (), "word-repeated", {"word": "<eos>"}),
        ((*SPECIAL_TOKENS, "tea"), (1, 2, 3), "counts-length", {"words": 4, "counts": 3}),
        ((*SPECIAL_TOKENS, "tea"), (0, 0, 1, -1), "count-invalid", {"count": -1}),
        ((*SPECIAL_TOKENS, "tea"), (0, 0, 1, 1.0), "count-invalid", {"count": 1.0}),
        ((*SPECIAL_TOKENS, "tea"), (0, 0, 1, True), "count-invalid", {"count": True}),
        ((*SPECIAL_TOKENS, "tea"), (0, 0, 1, "2"), "count-invalid", {"count": "2"}),
        ((*SPECIAL_TOKENS, "tea"), (0, 0, 1, 1 << 63), "count-invalid", {"count": 1 << 63}),
    ],
)
def test_wrong_words_are_refused(words, counts, code, figures):
    with refuses(InputError, code, **figures):
        Vocabulary(words, counts)


def test_it_cannot_be_changed_but_copied():
    vocabulary = Vocabulary((*SPECIAL_TOKENS, "tea", "茶"), (0, 1, 2, 3, 4))
    with pytest.raises(TypeError, match="does not support item assignment"):
        vocabulary.ids["milk"] = 5
    for copied in (copy.deepcopy(vocabulary), pickle.loads(pickle.dumps(vocabulary))):
        assert copied == vocabulary
        assert copied.ids == vocabulary.ids


ROLES = {"<user>": 2, "<assistant>": 1}


def test_role_tokens_are_listed_and_never_looked_up():
    counts = {"tea": 3, "<user>": 9, "<Assistant>": 1}
    vocabulary = build_vocabulary(counts, end_count=4, roles=ROLES)
    assert vocabulary.words == ("<pad>", "<unk>", "<eos>", "<user>", "<assistant>", "tea", "<Assistant>")
    assert vocabulary.counts == (0, 9, 4, 2, 1, 3, 1)
    assert (vocabulary.roles, vocabulary.first_word) == (("<user>", "<assistant>"), 5)
    assert vocabulary.exact_ids(["<user>", "<assistant>", "tea"]).tolist() == [UNK_ID, UNK_ID, 5]
    assert vocabulary.id_of("<user>") == UNK_ID
    assert vocabulary.ids_with_prefix("<u").size == 0
    assert ("<user>" in vocabulary, "<system>" in vocabulary, "<user>" in vocabulary.ids) == (True, False, False)
    assert repr(vocabulary) == "Vocabulary(7 words: 'tea', '<Assistant>')"
    assert copy.deepcopy(vocabulary) == pickle.loads(pickle.dumps(vocabulary)) == vocabulary


def test_a_word_is_another_thing_than_a_role_token():
    words = (*SPECIAL_TOKENS, "<user>", "tea")
    plain, of_roles = Vocabulary(words), Vocabulary(words, roles=("<user>",))
    assert plain != of_roles
    assert (plain.first_word, of_roles.first_word) == (3, 4)
    assert (plain.id_of("<user>"), of_roles.id_of("<user>")) == (3, UNK_ID)


@pytest.mark.parametrize(
    ("words", "roles", "code", "figures"),
    [
        (("tea",), ("<user>",), "special-tokens-missing", {"expected": (*SPECIAL_TOKENS, "<user>")}),
        (("<user>", "tea", "<user>"), ("<user>",), "word-repeated", {"word": "<user>"}),
        (("<user>", "<user>", "tea"), ("<user>", "<user>"), "word-repeated", {"word": "<user>"}),
        (("<eos>", "tea"), ("<eos>",), "word-repeated", {"word": "<eos>"}),
    ],
)
def test_role_tokens_stand_once_behind_the_special_ones(words, roles, code, figures):
    with refuses(InputError, code, **figures):
        Vocabulary(SPECIAL_TOKENS + words, roles=roles)


def test_spellings_come_in_the_order_of_looking_up():
    assert spellings("TEA") == ("TEA", "tea", "Tea", "TEA")
    assert spellings("straße") == ("straße", "straße", "Straße", "STRASSE")
    assert spellings("茶") == ("茶",) * 4


COUNTS = st.lists(st.integers(0, 3), min_size=5, max_size=20)


@settings(deadline=None, max_examples=50)
@given(COUNTS, st.integers(3, 5))
def test_half_of_the_words_seen_once_is_unknown(counts, first_word):
    before = np.array(counts)
    after = counts_with_unknown(before, first_word)
    assert before.tolist() == counts
    assert after.dtype == np.float64
    assert after.sum() == before.sum()
    if counts[UNK_ID]:
        np.testing.assert_array_equal(after, before)
        return
    assert after[UNK_ID] == counts[first_word:].count(1) / 2
    for token_id, count in enumerate(counts):
        if token_id != UNK_ID:
            assert after[token_id] == (0.5 if count == 1 and token_id >= first_word else count)
