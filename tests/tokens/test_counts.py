"""Counted words become a vocabulary: its order and its limits."""

import dataclasses
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

from nextword.errors import ConfigError, InputError
from nextword.tokens.counts import build_vocabulary, extend_vocabulary, merge_spellings
from nextword.tokens.tokenizer import TokenizerConfig, build_tokenizer, encode_texts, extend_tokenizer
from nextword.tokens.vocabulary import EOS_ID, PAD_ID, SPECIAL_TOKENS, UNK_ID

WORDS = st.text(min_size=1, max_size=4) | st.sampled_from(["tea", "茶", "😀", "，", "é", *SPECIAL_TOKENS])
COUNTS = st.dictionaries(WORDS, st.integers(1, 4), max_size=12)
ROLES = {"<user>": 2, "<assistant>": 1}


def test_the_most_frequent_first_then_by_code_points():
    vocabulary = build_vocabulary({"é": 1, "b": 1, "茶": 3, "B": 1, "😀": 3, "tea": 5, "<eos>": 9}, end_count=4)
    assert vocabulary.words == ("<pad>", "<unk>", "<eos>", "tea", "茶", "😀", "B", "b", "é")
    assert vocabulary.counts == (0, 9, 4, 5, 3, 3, 1, 1, 1)
    assert (PAD_ID, UNK_ID, EOS_ID) == (0, 1, 2)


@settings(deadline=None, max_examples=50)
@given(COUNTS.filter(lambda counts: set(counts) - set(SPECIAL_TOKENS)), st.randoms(use_true_random=False))
def test_the_order_of_the_words_does_not_matter(counts, shuffler):
    items = list(counts.items())
    shuffler.shuffle(items)
    vocabulary = build_vocabulary(counts)
    assert build_vocabulary(dict(items)) == vocabulary
    kept = [(word, count) for word, count in counts.items() if word not in SPECIAL_TOKENS]
    assert list(vocabulary[3:]) == [word for word, _ in sorted(kept, key=lambda item: (-item[1], item[0]))]


@settings(deadline=None, max_examples=50)
@given(COUNTS, st.integers(1, 4), st.none() | st.integers(4, 10))
def test_limits_keep_the_total_of_the_counts(counts, min_count, max_vocabulary):
    eligible = [word for word, count in counts.items() if word not in SPECIAL_TOKENS and count >= min_count]
    if not eligible:
        with refuses(InputError, "vocabulary-empty", words=len(counts), min_count=min_count):
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
        "tokenizer = build_tokenizer(%(texts)r)\n"
        "print(ascii(tokenizer.vocabulary.words), encode_texts(tokenizer, %(texts)r).tolist())\n"
    )
    texts = ["b a d c A", "茶 咖啡 😀 é z y x", "我喜欢吃苹果，你呢？"]
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    elsewhere = subprocess.run(
        [sys.executable, "-c", code % {"texts": texts}],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    tokenizer = build_tokenizer(texts)
    assert elsewhere == f"{tokenizer.vocabulary.words!a} {encode_texts(tokenizer, texts).tolist()}\n"


def test_a_longer_vocabulary_by_hand():
    first = build_vocabulary({"tea": 2, "Milk": 1}, end_count=3, roles=ROLES)
    counts = {"rum": 1, "ale": 4, "milk": 2, "gin": 4, "tea": 1}
    longer = extend_vocabulary(first, counts, end_count=2, roles={"<user>": 5}, max_vocabulary=9)
    assert longer.words == (*first.words, "ale", "gin")
    assert longer.counts == (0, 1, 5, 7, 1, 3, 3, 4, 4)  # "rum" is unknown, "milk" another casing
    assert longer.roles == first.roles
    assert extend_vocabulary(first, counts, min_count=4).words == (*first.words, "ale", "gin")
    assert extend_vocabulary(first, counts, max_vocabulary=3).words == first.words


@pytest.mark.usefixtures("random_states_unchanged")
def test_pure():
    counts = {"b": 1, "a": 2}
    first, second = build_vocabulary(counts), build_vocabulary(counts)
    assert first == second
    assert counts == {"b": 1, "a": 2}
    assert extend_vocabulary(first, {"c": 1}) == extend_vocabulary(second, {"c": 1})
    assert first == second
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.words = ()


@pytest.mark.parametrize(
    ("option", "value"), [("min_count", 0), ("min_count", 1.5), ("max_vocabulary", 3), ("max_vocabulary", -1)]
)
def test_limits_outside_their_range_are_refused(option, value):
    with refuses(ConfigError, "option-out-of-range", option=option, value=value):
        build_vocabulary({"tea": 2}, **{option: value})


def test_no_word_left_is_refused():
    with refuses(InputError, "vocabulary-empty", words=2, min_count=3, max_vocabulary=None):
        build_vocabulary({"tea": 2, "<unk>": 9}, min_count=3)


def test_role_tokens_take_room_of_the_vocabulary():
    assert build_vocabulary({"a": 2, "b": 1}, max_vocabulary=6, roles=ROLES).words[5:] == ("a",)
    with refuses(ConfigError, "option-out-of-range", option="max_vocabulary", value=5):
        build_vocabulary({"a": 2}, max_vocabulary=5, roles=ROLES)


def test_spellings_of_a_word_are_one_word_in_the_most_frequent_one():
    counts = {"don't": 2, "don’t": 3, "Don't": 1, "１９９８": 5, "1998": 1, "“": 4, '"': 1, "tea": 2, "…": 1, "...": 1}
    merged = {"don’t": 5, "Don't": 1, "１９９８": 6, "“": 4, '"': 1, "tea": 2, "…": 1, "...": 1}
    assert merge_spellings(counts) == merged
    assert merge_spellings({"it’s": 1, "it's": 1}) == {"it's": 2}  # of equally frequent ones the plain one
    assert merge_spellings({}) == {}


def test_a_listed_word_is_the_word_of_its_spellings():
    assert merge_spellings({"don’t": 9, "rum": 1}, known=["don't"]) == {"don't": 9, "rum": 1}
    assert merge_spellings({"don’t": 9}, known=["don't", "don’t"]) == {"don’t": 9}


def test_a_text_in_two_spellings_has_one_word():
    tokenizer = build_tokenizer(["I don't know. I don’t care.", "I don’t. DON'T! ＡＰＩ API API"])
    words = tokenizer.vocabulary[3:]
    assert [word for word in words if "d" in word.casefold() and "n" in word.casefold()] == ["don’t", "DON'T"]
    assert tokenizer.encode("don't don’t donʼt").tolist() == [tokenizer.vocabulary.id_of("don’t")] * 3
    assert tokenizer.encode("DON’T").tolist() == [tokenizer.vocabulary.ids["DON'T"]]
    assert tokenizer.vocabulary.counts[tokenizer.vocabulary.ids["don’t"]] == 3
    longer = extend_tokenizer(tokenizer, {"don't": 2, "ｍilk": 1, "milk": 2, "\n": 1})
    assert longer.vocabulary[len(tokenizer.vocabulary) :] == ("milk",)
    assert longer.vocabulary.counts[longer.vocabulary.ids["don’t"]] == 5


def test_tokens_that_were_cut_before_stay_as_they_are():
    tokenizer = build_tokenizer(["don't don’t"], TokenizerConfig(level="whitespace"))
    assert set(tokenizer.vocabulary[3:]) == {"don't", "don’t"}
