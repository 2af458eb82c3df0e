"""The vocabulary: its order, its limits, and how words are looked up."""

import copy
import dataclasses
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.errors import ConfigError, InputError
from nextword.tokens.counts import build_vocabulary
from nextword.tokens.vocabulary import EOS_ID, PAD_ID, SPECIAL_TOKENS, UNK_ID, Vocabulary

WORDS = st.text(min_size=1, max_size=4) | st.sampled_from(["tea", "茶", "😀", "，", "é", *SPECIAL_TOKENS])
COUNTS = st.dictionaries(WORDS, st.integers(1, 4), max_size=12)


def test_the_most_frequent_first_then_by_code_points():
    vocabulary = build_vocabulary({"é": 1, "b": 1, "茶": 3, "B": 1, "😀": 3, "tea": 5, "<eos>": 9}, end_count=4)
    assert vocabulary.words == ("<pad>", "<unk>", "<eos>", "tea", "茶", "😀", "B", "b", "é")
    assert vocabulary.counts == (0, 9, 4, 5, 3, 3, 1, 1, 1)
    assert (PAD_ID, UNK_ID, EOS_ID) == (0, 1, 2)


@settings(deadline=None)
@given(COUNTS.filter(lambda counts: set(counts) - set(SPECIAL_TOKENS)), st.randoms(use_true_random=False))
def test_the_order_of_the_words_does_not_matter(counts, shuffler):
    items = list(counts.items())
    shuffler.shuffle(items)
    vocabulary = build_vocabulary(counts)
    assert build_vocabulary(dict(items)) == vocabulary
    kept = [(word, count) for word, count in counts.items() if word not in SPECIAL_TOKENS]
    assert list(vocabulary[3:]) == [word for word, _ in sorted(kept, key=lambda item: (-item[1], item[0]))]


@settings(deadline=None)
@given(COUNTS, st.integers(1, 4), st.none() | st.integers(4, 10))
def test_limits_keep_the_total_of_the_counts(counts, min_count, max_vocabulary):
    eligible = [word for word, count in counts.items() if word not in SPECIAL_TOKENS and count >= min_count]
    if not eligible:
        with pytest.raises(InputError, match="no word is left for the vocabulary"):
            build_vocabulary(counts, min_count=min_count, max_vocabulary=max_vocabulary)
        return
    vocabulary = build_vocabulary(counts, min_count=min_count, max_vocabulary=max_vocabulary)
    assert len(vocabulary) == min(3 + len(eligible), max_vocabulary or 99)
    assert sum(vocabulary.counts) == sum(counts.values())
    assert all(vocabulary.counts[token_id] == counts[vocabulary[token_id]] for token_id in range(3, len(vocabulary)))


def test_limits_by_hand():
    counts = {"a": 5, "b": 3, "c": 3, "d": 1}
    assert build_vocabulary(counts, min_count=3).words[3:] == ("a", "b", "c")
    assert build_vocabulary(counts, min_count=3).counts == (0, 1, 0, 5, 3, 3)
    assert build_vocabulary(counts, max_vocabulary=5).words[3:] == ("a", "b")
    assert build_vocabulary(counts, max_vocabulary=5).counts == (0, 4, 0, 5, 3)


def test_the_order_does_not_depend_on_hashing():
    code = (
        "from nextword.tokens.tokenizer import build_tokenizer, encode_texts\n"
        "texts = ['b a d c A', '茶 咖啡 😀 é z y x', '我喜欢吃苹果，你呢？']\n"
        "tokenizer = build_tokenizer(texts)\n"
        "print(ascii(tokenizer.vocabulary.words), encode_texts(tokenizer, texts).tolist())\n"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    )
    assert first.startswith("('<pad>', '<unk>', '<eos>', ")
    assert first == second


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
    with pytest.raises(IndexError):
        vocabulary[5]


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


@pytest.mark.usefixtures("random_states_unchanged")
def test_pure():
    counts = {"b": 1, "a": 2}
    first, second = build_vocabulary(counts), build_vocabulary(counts)
    assert first == second
    assert counts == {"b": 1, "a": 2}
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.words = ()


@pytest.mark.parametrize(
    ("words", "counts", "match"),
    [
        (("tea",), (), r"begins with .*; received \('tea',\) as its first words"),
        (("<unk>", "<pad>", "<eos>"), (), "begins with"),
        ((*SPECIAL_TOKENS, "tea", "milk", "tea"), (), "'tea' is there twice"),
        ((*SPECIAL_TOKENS, "tea", "<eos>"), (), "'<eos>' is there twice"),
        ((*SPECIAL_TOKENS, "tea"), (1, 2, 3), "one count a word, 4; received 3"),
        ((*SPECIAL_TOKENS, "tea"), (0, 0, 1, -1), r"integers of at least 0; received -1 \(int\)"),
        ((*SPECIAL_TOKENS, "tea"), (0, 0, 1, 1.0), r"integers of at least 0; received 1.0 \(float\)"),
        ((*SPECIAL_TOKENS, "tea"), (0, 0, 1, True), r"received True \(bool\)"),
        ((*SPECIAL_TOKENS, "tea"), (0, 0, 1, "2"), r"received '2' \(str\)"),
    ],
)
def test_wrong_words_are_refused(words, counts, match):
    with pytest.raises(InputError, match=match):
        Vocabulary(words, counts)


def test_it_cannot_be_changed_but_copied():
    vocabulary = Vocabulary((*SPECIAL_TOKENS, "tea", "茶"), (0, 1, 2, 3, 4))
    with pytest.raises(TypeError, match="does not support item assignment"):
        vocabulary.ids["milk"] = 5
    for copied in (copy.deepcopy(vocabulary), pickle.loads(pickle.dumps(vocabulary))):
        assert copied == vocabulary
        assert copied.ids == vocabulary.ids


@pytest.mark.parametrize(
    ("limits", "match"),
    [
        ({"min_count": 0}, "`min_count` must be an integer, at least 1; received 0"),
        ({"min_count": 1.5}, "`min_count` must be an integer, at least 1; received 1.5"),
        ({"max_vocabulary": 3}, "`max_vocabulary` must be an integer, at least 4; received 3"),
        ({"max_vocabulary": -1}, "`max_vocabulary` must be an integer, at least 4; received -1"),
    ],
)
def test_limits_outside_their_range_are_refused(limits, match):
    with pytest.raises(ConfigError, match=match):
        build_vocabulary({"tea": 2}, **limits)


def test_no_word_left_is_refused():
    with pytest.raises(InputError, match=r"2 different words came in, `min_count` is 3 and `max_vocabulary` is None"):
        build_vocabulary({"tea": 2, "<unk>": 9}, min_count=3)


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
    ("words", "roles", "match"),
    [
        (("tea",), ("<user>",), "begins with .*'<user>'.*; received"),
        (("<user>", "tea", "<user>"), ("<user>",), "'<user>' is there twice"),
        (("<user>", "<user>", "tea"), ("<user>", "<user>"), "'<user>' is there twice"),
        (("<eos>", "tea"), ("<eos>",), "'<eos>' is there twice"),
    ],
)
def test_role_tokens_stand_once_behind_the_special_ones(words, roles, match):
    with pytest.raises(InputError, match=match):
        Vocabulary(SPECIAL_TOKENS + words, roles=roles)


def test_role_tokens_take_places_of_the_vocabulary():
    assert build_vocabulary({"a": 2, "b": 1}, max_vocabulary=6, roles=ROLES).words[5:] == ("a",)
    with pytest.raises(ConfigError, match="`max_vocabulary` must be an integer, at least 6; received 5"):
        build_vocabulary({"a": 2}, max_vocabulary=5, roles=ROLES)
