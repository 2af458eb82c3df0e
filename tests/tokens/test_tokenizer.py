"""Words to ids and back: rules by hand, the round trip, and what a long corpus costs."""

import dataclasses
import tracemalloc
import weakref
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, example, given, settings, strategies as st
from refusals import refuses

from nextword.errors import ConfigError, InputError, InputTypeError
from nextword.tokens.joining import normalize_text
from nextword.tokens.oov import report_oov
from nextword.tokens.tokenizer import TokenizerConfig, build_tokenizer, encode_texts
from nextword.tokens.vocabulary import EOS_ID, UNK_ID

LEVELS = ("word", "whitespace", "char")
PIECES = st.sampled_from(
    [
        *("Tea", "tea", "don't", "3.5", "U.S.", '"', "(", ")", ",", "..", "—", "<unk>", "<", ">", "é", "\u0301"),
        *("我喜欢", "苹果", "「茶」", "，", "。", "Ａ１", "👩🏽\u200d💻", " ", "  ", "\u3000", "\ufeff", "\n", "\r\n"),
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=20)


def whitespace(**options):
    return TokenizerConfig(level="whitespace", **options)


def test_by_hand():
    tokenizer = build_tokenizer(["I like tea, you like tea!", "我喜欢茶。我喜欢你！"])
    vocabulary = tokenizer.vocabulary
    assert vocabulary.words[3:] == ("like", "tea", "喜欢", "我", "!", ",", "I", "you", "。", "你", "茶", "！")
    assert vocabulary.counts[:7] == (0, 0, 2, 2, 2, 2, 2)
    ids = tokenizer.encode("you like 茶!")
    assert ids.tolist() == [10, 3, 13, 7]
    assert ids.dtype == np.int32
    assert tokenizer.decode(ids) == "you like茶!"
    assert tokenizer.split("you like 茶!") == ["you", "like", "茶", "!"]


def test_unknown_words_keep_their_place():
    tokenizer = build_tokenizer(["Tea and USA"])
    tea, usa, conjunction = tokenizer.encode("Tea USA and").tolist()
    assert tokenizer.encode("tea or coffee and usa").tolist() == [tea, UNK_ID, UNK_ID, conjunction, usa]
    assert tokenizer.decode([tea, UNK_ID, usa]) == "Tea <unk> USA"


def test_line_breaks_inside_are_eos_and_nothing_is_added():
    tokenizer = build_tokenizer(["a b"])
    a, b = tokenizer.encode("a b").tolist()
    for line_break in ("\n", "\r\n", "\r", "\n\n \n", "\u2028", "\x0b", " \n "):
        assert tokenizer.encode(f"{line_break}a{line_break}b{line_break}").tolist() == [a, EOS_ID, b]
    assert tokenizer.encode("").tolist() == tokenizer.encode(" \n ").tolist() == []
    assert tokenizer.encode("").dtype == np.int32
    assert tokenizer.decode([0, a, EOS_ID, 0, b]) == "a\nb"
    assert tokenizer.decode([]) == ""


def test_encode_texts_ends_each_text_once():
    tokenizer = build_tokenizer(["a b"])
    a, b = tokenizer.encode("a b").tolist()
    ids = encode_texts(tokenizer, ["a", "", "a\nb\n"])
    assert ids.tolist() == [a, EOS_ID, EOS_ID, a, EOS_ID, b, EOS_ID]
    assert ids.dtype == np.int32
    assert encode_texts(tokenizer, []).tolist() == []
    assert tokenizer.vocabulary.counts[EOS_ID] == 1
    assert build_tokenizer(["a\nb", "c"]).vocabulary.counts[EOS_ID] == 3


def test_the_count_of_the_penn_treebank():
    lines = ["no it was n't black monday", "but <unk> N the new york stock", "<unk> did n't fall"]
    tokenizer = build_tokenizer(lines, whitespace())
    ids = encode_texts(tokenizer, lines)
    assert len(ids) == sum(len(line.split()) for line in lines) + len(lines) == 20
    assert np.count_nonzero(ids == EOS_ID) == tokenizer.vocabulary.counts[EOS_ID] == 3
    assert np.count_nonzero(ids == UNK_ID) == tokenizer.vocabulary.counts[UNK_ID] == 2


def test_special_tokens_written_in_a_text():
    text = "<unk> tea <eos> <pad>"
    words = build_tokenizer([text])
    assert words.encode("<unk> <eos>").tolist() == words.ids_of(["<", "unk", ">", "<", "eos", ">"]).tolist()
    assert UNK_ID not in words.encode(text)
    assert EOS_ID not in words.encode(text)
    spaces = build_tokenizer([text], whitespace())
    assert spaces.vocabulary.words[3:] == ("tea",)
    assert spaces.encode(text).tolist() == [UNK_ID, 3, UNK_ID, UNK_ID]
    characters = build_tokenizer([text], TokenizerConfig(level="char"))
    assert characters.decode(characters.encode(text)) == text


@pytest.mark.parametrize("level", LEVELS)
@settings(deadline=None, max_examples=30)
@given(text=TEXTS)
@example(text="")
@example(text="He said: “don't”, U.S. at 12:30... (3.5%)\n\nOK")
@example(text="我喜欢用 Python 3.11 写程序，你呢？\r\n“好！”")
@example(text="ＡＢＣ，１２３。👩🏽\u200d💻👍🏻🇨🇳")
def test_decode_encode_is_the_normalized_text(level, text):
    assume(level != "whitespace" or not {"<eos>", "<pad>"} & set(text.split()))
    tokenizer = build_tokenizer([text, "tea"], TokenizerConfig(level=level))
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == normalize_text(text, level=level)
    assert encode_texts(tokenizer, [text]).tolist() == [*ids.tolist(), EOS_ID]


@pytest.mark.parametrize("level", LEVELS)
@settings(deadline=None, max_examples=20)
@given(texts=st.lists(TEXTS, min_size=1, max_size=4), data=st.data())
def test_the_order_of_the_texts_does_not_matter(level, texts, data):
    texts = [*texts, "tea"]
    config = TokenizerConfig(level=level)
    tokenizer = build_tokenizer(texts, config)
    assert build_tokenizer(data.draw(st.permutations(texts)), config) == tokenizer
    np.testing.assert_array_equal(
        np.bincount(encode_texts(tokenizer, texts), minlength=len(tokenizer.vocabulary)),
        tokenizer.vocabulary.counts_array(),
    )


def test_limits():
    texts = ["a a a b b c", "d"]
    assert build_tokenizer(texts, TokenizerConfig(min_count=2)).vocabulary.words[3:] == ("a", "b")
    limited = build_tokenizer(texts, TokenizerConfig(max_vocabulary=5))
    assert limited.vocabulary.counts == (0, 2, 2, 3, 2)
    assert limited.encode("a d b").tolist() == [3, UNK_ID, 4]


def test_segmenters():
    text = "我喜欢吃苹果。"
    characters = build_tokenizer([text], TokenizerConfig(segmenter="characters"))
    assert characters.split(text) == list(text)
    pairs = build_tokenizer(
        [text], TokenizerConfig(segmenter=lambda run: [run[i : i + 2] for i in range(0, len(run), 2)])
    )
    assert pairs.split(text) == ["我喜", "欢吃", "苹果", "。"]
    assert pairs.decode(pairs.encode(text)) == text
    assert encode_texts(pairs, [text]).tolist() == [*pairs.encode(text).tolist(), EOS_ID]
    with refuses(InputError, "segmenter-changes-text"):
        build_tokenizer([text], TokenizerConfig(segmenter=lambda run: [run, run]))


@pytest.mark.parametrize("reader", ["build", "encode", "report"])
def test_texts_are_read_once_and_not_kept(reader):
    class Text(str):
        """A `str` that can be watched."""

    tokenizer = build_tokenizer(["tea and milk"])
    read = {
        "build": build_tokenizer,
        "encode": lambda texts: encode_texts(tokenizer, texts),
        "report": lambda texts: report_oov(tokenizer, texts),
    }[reader]
    watched = []

    def texts():
        for number in range(6):
            text = Text(f"tea {number}" if number % 2 else f"tea{number}")
            watched.append(weakref.ref(text))
            # The loop variables of reader and generator hold the last one.
            assert sum(reference() is not None for reference in watched) <= 2
            yield text

    read(texts())
    assert len(watched) == 6


def test_memory_does_not_grow_with_the_number_of_texts():
    def peak(number):
        tracemalloc.start()
        build_tokenizer("the quick brown fox jumps over the lazy dog, again." for _ in range(number))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(5_000) < 2 * peak(50)


@pytest.mark.usefixtures("random_states_unchanged")
def test_pure():
    texts = ["b a 茶", "a 😀"]
    first, second = build_tokenizer(texts), build_tokenizer(texts)
    assert first == second
    assert texts == ["b a 茶", "a 😀"]
    ids = encode_texts(first, texts)
    kept = ids.copy()
    assert first.decode(ids) == second.decode(ids)
    np.testing.assert_array_equal(ids, kept)
    np.testing.assert_array_equal(ids, encode_texts(second, texts))
    ids[:] = 0
    np.testing.assert_array_equal(encode_texts(first, texts), kept)
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.vocabulary = None


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("level", "sentence"),
        ("level", ["word"]),
        ("segmenter", "jieba"),
        ("segmenter", None),
        ("min_count", 0),
        ("min_count", True),
        ("min_count", 1.5),
        ("max_vocabulary", 3),
    ],
)
def test_wrong_options_are_refused(option, value):
    with refuses(ConfigError, "option-out-of-range", option=option, value=value):
        TokenizerConfig(**{option: value})


@pytest.mark.parametrize(
    ("texts", "code", "figures"),
    [
        ("I like tea", "single-text", {}),
        (b"tea", "texts-not-iterable", {"received": "bytes"}),
        (None, "texts-not-iterable", {"received": "NoneType"}),
        (["tea", 3], "text-not-str", {"received": "int", "position": 1}),
    ],
)
def test_what_is_no_texts_is_refused(texts, code, figures):
    tokenizer = build_tokenizer(["tea"])
    for read in (build_tokenizer, partial(encode_texts, tokenizer), partial(report_oov, tokenizer)):
        with refuses(InputTypeError, code, **figures):
            read(texts)


@pytest.mark.parametrize("texts", [[], [""], [" \n ", ""]])
def test_texts_without_a_word_are_refused(texts):
    with refuses(InputError, "no-words", texts=len(texts)):
        build_tokenizer(texts)


def test_texts_of_nothing_but_unk_are_refused():
    with refuses(InputError, "vocabulary-empty", words=1):
        build_tokenizer(["<unk> <unk>"], whitespace())


@pytest.mark.parametrize("text", [None, b"tea", 3, ["tea"]])
def test_encode_wants_a_str(text):
    with refuses(InputTypeError, "text-not-str", received=type(text).__name__):
        build_tokenizer(["tea"]).encode(text)


@pytest.mark.parametrize(
    ("ids", "error", "code", "figures"),
    [
        ([3, 4], InputError, "id-outside-vocabulary", {"token_id": 4, "position": 1, "vocabulary_size": 4}),
        ([3, 3, -1], InputError, "id-outside-vocabulary", {"token_id": -1, "position": 2}),
        (np.array([2**40]), InputError, "id-outside-vocabulary", {"token_id": 2**40, "position": 0}),
        ([[3, 3]], InputError, "ids-shape", {"shape": (1, 2)}),
        (3, InputError, "ids-shape", {"shape": ()}),
        ([3.0], InputTypeError, "ids-not-integers", {"dtype": "float64"}),
        ([True], InputTypeError, "ids-not-integers", {"dtype": "bool"}),
        ("tea", InputTypeError, "ids-not-integers", {}),
        ([[]], InputError, "ids-shape", {"shape": (1, 0)}),
        (np.zeros((0, 3), np.int64), InputError, "ids-shape", {"shape": (0, 3)}),
        ([[3], [3, 3]], InputTypeError, "ids-ragged", {}),
    ],
)
def test_ids_that_are_none_are_refused(ids, error, code, figures):
    with refuses(error, code, **figures):
        build_tokenizer(["tea"]).decode(ids)
