"""Texts that were tokenised before are noticed."""

import pytest

import nextword as nw
from nextword.corpus.indexing import index_texts
from nextword.corpus.stream import read_corpus
from nextword.corpus.tokenised import describe_tokenised


@pytest.mark.parametrize(
    "text",
    [
        "the <unk> of <unk> said it would n't pay",
        "she did n't say , and he wo n't",
        "the dog 's bone and the cat 's bed",
        "they 're late , we 've seen",
        "-LRB- see below -RRB-",
    ],
)
def test_pieces_of_words_are_noticed(text):
    (note,) = describe_tokenised(index_texts([text] * 6))
    assert note.code == "looks-tokenised"
    assert note.figures["pieces"] >= 6
    assert 'level="whitespace"' in note


@pytest.mark.parametrize(
    "text",
    [
        "I don't know, it's the dog's bone; we've seen.",
        "a < b and b > c",
        "'s Gravenhage, don't you know? It's far, isn't it? It's so. That's it. It's well.",
        "我喜欢吃苹果。",
        "",
    ],
)
def test_ordinary_text_is_not(text):
    assert describe_tokenised(index_texts([text] * 6)) == ()


def test_reading_says_which_level_to_take():
    for level, expected in (("word", ["looks-tokenised"]), ("whitespace", [])):
        corpus = read_corpus(["the <unk> of <unk> said"] * 5, nw.TokenizerConfig(level=level))
        assert [note.code for note in corpus.notes] == expected
