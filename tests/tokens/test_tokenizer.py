"""Words to ids and back: rules by hand, the round trip, and what a long corpus costs."""

import dataclasses
import tracemalloc
import weakref

import numpy as np
import pytest
from hypothesis import assume, example, given, settings, strategies as st

from nextword.corpus.indexing import index_texts
from nextword.errors import ConfigError, InputError, InputTypeError, check_ids
from nextword.tokens.joining import normalize_text
from nextword.tokens.oov import report_oov
from nextword.tokens.tokenizer import (
    TokenizerConfig,
    build_tokenizer,
    encode_texts,
    tokenizer_from_counts,
)
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
@settings(deadline=None, max_examples=60)
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
@settings(deadline=None, max_examples=30)
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


@settings(deadline=None, max_examples=30)
@given(st.lists(TEXTS, max_size=4), st.sampled_from(LEVELS))
def test_indexed_texts_are_the_same_stream(texts, level):
    texts = [*texts, "tea"]
    config = TokenizerConfig(level=level)
    indexed = index_texts(iter(texts), config)
    counts = dict(zip(indexed.words, np.bincount(indexed.word_numbers).tolist(), strict=True))
    tokenizer = tokenizer_from_counts(counts, config)
    assert tokenizer == build_tokenizer(texts, config)
    np.testing.assert_array_equal(tokenizer.ids_of(indexed.words)[indexed.word_numbers], encode_texts(tokenizer, texts))
    assert indexed.lengths.tolist() == [len(tokenizer.encode(text)) + 1 for text in texts]


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
    with pytest.raises(InputError, match="must make up the text again"):
        build_tokenizer([text], TokenizerConfig(segmenter=lambda run: [run, run]))


@pytest.mark.parametrize("reader", ["build", "encode", "index", "report"])
def test_texts_are_read_once_and_not_kept(reader):
    class Text(str):
        """A `str` that can be watched."""

    tokenizer = build_tokenizer(["tea and milk"])
    read = {
        "build": build_tokenizer,
        "encode": lambda texts: encode_texts(tokenizer, texts),
        "index": index_texts,
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
    assert peak(10_000) < peak(100) + 20_000


def test_oov_report():
    tokenizer = build_tokenizer(["Tea and milk"])
    texts = ["tea rum rum\nbeer", "ale and beer", ""]
    report = report_oov(tokenizer, iter(texts))
    assert (report.tokens, report.unknown, report.rate) == (7, 5, 5 / 7)
    assert report.words == (("beer", 2), ("rum", 2), ("ale", 1))
    assert report_oov(tokenizer, texts, most_common=1).words == (("beer", 2),)
    assert report_oov(tokenizer, []).rate == 0.0


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
    ("options", "match"),
    [
        ({"level": "sentence"}, r"`level` must be one of \('word', 'whitespace', 'char'\); received 'sentence'"),
        ({"level": ["word"]}, "`level` must be one of"),
        ({"segmenter": "jieba"}, '`segmenter` must be "rjieba", "characters" or a function'),
        ({"segmenter": None}, "`segmenter` must be"),
        ({"min_count": 0}, r"`min_count` must be an integer, at least 1; received 0 \(int\)"),
        ({"min_count": True}, "`min_count` must be an integer"),
        ({"min_count": 1.5}, "`min_count` must be an integer"),
        ({"max_vocabulary": 3}, "`max_vocabulary` must be an integer, at least 4; received 3"),
    ],
)
def test_wrong_options_are_refused(options, match):
    with pytest.raises(ConfigError, match=match):
        TokenizerConfig(**options)


@pytest.mark.parametrize("read", [build_tokenizer, index_texts])
@pytest.mark.parametrize(
    ("texts", "match"),
    [
        ("I like tea", r"received the single text 'I like tea'\. Pass \[text\]"),
        (b"tea", "received bytes"),
        (None, "received NoneType"),
        (["tea", 3], "received int at position 1"),
    ],
)
def test_what_is_no_texts_is_refused(read, texts, match):
    with pytest.raises(InputTypeError, match=match):
        read(texts)
    with pytest.raises(InputTypeError, match=match):
        encode_texts(build_tokenizer(["tea"]), texts)
    with pytest.raises(InputTypeError, match=match):
        report_oov(build_tokenizer(["tea"]), texts)


@pytest.mark.parametrize("texts", [[], [""], [" \n ", ""]])
def test_texts_without_a_word_are_refused(texts):
    with pytest.raises(InputError, match=f"there is no word to learn from: {len(texts)} texts came in"):
        build_tokenizer(texts)


def test_texts_of_nothing_but_unk_are_refused():
    with pytest.raises(InputError, match="no word is left for the vocabulary"):
        build_tokenizer(["<unk> <unk>"], whitespace())


@pytest.mark.parametrize("text", [None, b"tea", 3, ["tea"]])
def test_encode_wants_a_str(text):
    with pytest.raises(InputTypeError, match="a text is a `str`; received"):
        build_tokenizer(["tea"]).encode(text)


@pytest.mark.parametrize(
    ("ids", "error", "match"),
    [
        ([3, 4], InputError, "token id 4 at position 1 is outside the vocabulary of 4"),
        ([3, 3, -1], InputError, "token id -1 at position 2"),
        (np.array([2**40]), InputError, "token id 1099511627776 at position 0"),
        ([[3, 3]], InputError, r"shape \(N,\); received shape \(1, 2\)"),
        (3, InputError, r"received shape \(\)"),
        ([3.0], InputTypeError, "token ids are integers; received an array of float64"),
        ([True], InputTypeError, "an array of bool"),
        ("tea", InputTypeError, "token ids are integers"),
        ([[]], InputError, r"shape \(N,\); received shape \(1, 0\)"),
        (np.zeros((0, 3), np.int64), InputError, r"received shape \(0, 3\)"),
        ([[3], [3, 3]], InputTypeError, "received lists of different lengths"),
    ],
)
def test_ids_that_are_none_are_refused(ids, error, match):
    tokenizer = build_tokenizer(["tea"])
    with pytest.raises(error, match=match):
        tokenizer.decode(ids)
    with pytest.raises(error, match=match):
        check_ids(ids, len(tokenizer.vocabulary))
