"""What a key reads: little, however long the text is, and at the end as much as a fresh start."""

import numpy as np
import pytest
from counting import Counting

import nextword as nw
from nextword.prediction.context import ANCHOR_CHARACTERS, context_start, ending_of, read_context
from nextword.prediction.language_model import LanguageModel
from nextword.tokens.tokenizer import TokenizerConfig, build_tokenizer

SENTENCES = {
    "english": "I like green tea, and you don't. He said: it's well-known, 3.5 cups a day! ",
    "chinese": "我喜欢吃苹果，你呢？今天天气很好。研究生研究生命，我们都知道；",
}
FIRST_MOVE = 2 * ANCHOR_CHARACTERS  # a text of so many characters is read from another anchor


@pytest.fixture(scope="module", params=SENTENCES)
def sentence(request):
    return SENTENCES[request.param]


@pytest.fixture
def lm(sentence, build_tiny_runtime):
    tokenizer = build_tokenizer([sentence])
    return LanguageModel(tokenizer, Counting(build_tiny_runtime(len(tokenizer.vocabulary))))


def tokens_by_key(lm, session, texts):
    """Return the last session, and how many tokens each text took."""
    costs = []
    for text in texts:
        before = lm.runtime.tokens
        session = session.with_text(text)
        costs.append(lm.runtime.tokens - before)
    return session, costs


def assert_fresh(lm, session):
    fresh = read_context(lm, session.text)
    assert session.context.words == fresh.words
    assert [piece.end for piece in session.context.pieces] == [piece.end for piece in fresh.pieces]
    for one, other in zip((*session.context.states, session.state), (*fresh.states, fresh.state), strict=True):
        assert all(map(np.array_equal, one, other))


def test_no_key_of_a_growing_text_reads_much(lm, sentence):
    first = ANCHOR_CHARACTERS - 100
    text = (sentence * 400)[: FIRST_MOVE + 40]
    session, costs = tokens_by_key(lm, nw.start_session(lm, text[:first]), (text[:n] for n in range(first, len(text))))
    assert max(costs) <= 6
    assert sum(costs) < 2 * len(costs)
    assert_fresh(lm, session)


def test_every_key_over_an_anchor_equals_a_fresh_start(lm, sentence):
    text = (sentence * 400)[: FIRST_MOVE + 3]
    session = nw.start_session(lm, text[: FIRST_MOVE - 600])
    for length in (*range(FIRST_MOVE - 599, FIRST_MOVE + 3), *range(FIRST_MOVE + 2, FIRST_MOVE - 4, -1)):
        session = session.with_text(text[:length])
        if abs(length - FIRST_MOVE) < 4:
            assert_fresh(lm, session)


def test_deleting_and_typing_over_an_anchor_reads_little(lm, sentence):
    text = (sentence * 400)[: FIRST_MOVE + 200]
    session, _ = tokens_by_key(lm, nw.start_session(lm), (text[:n] for n in range(4_000, FIRST_MOVE + 200)))
    assert context_start(len(session.text)) == ANCHOR_CHARACTERS
    back = [text[:length] for length in range(FIRST_MOVE + 199, FIRST_MOVE - 100, -1)]
    for texts in (back, back[::-1], back, back[::-1]):
        session, costs = tokens_by_key(lm, session, texts)
        assert max(costs) <= 40  # a piece is read again where a key deletes its end
        assert_fresh(lm, session)


def test_a_pasted_text_is_made_up_for_before_the_anchor_moves(lm, sentence):
    text = (sentence * 400)[: FIRST_MOVE + 100]
    session = nw.start_session(lm, text[: FIRST_MOVE - 1_500])
    whole = lm.runtime.tokens
    session, costs = tokens_by_key(lm, session, (text[:n] for n in range(FIRST_MOVE - 1_499, FIRST_MOVE + 100)))
    assert max(costs) <= 12
    assert sum(costs) < 4 * whole
    assert_fresh(lm, session)
    # Right before the anchor there is no time left, and the answer is still that of a fresh start.
    for first in (FIRST_MOVE - 1, FIRST_MOVE - 2):
        session = nw.start_session(lm, text[:first]).with_text(text[: first + 1]).with_text(text[: first + 2])
        assert_fresh(lm, session)


def test_a_pasted_text_is_made_up_for_when_it_is_deleted_too(lm, sentence):
    text = (sentence * 400)[: FIRST_MOVE + 1_000]
    session = nw.start_session(lm, text)
    session, costs = tokens_by_key(lm, session, (text[:n] for n in range(FIRST_MOVE + 999, FIRST_MOVE - 60, -1)))
    assert max(costs) <= 60
    assert_fresh(lm, session)


def test_an_edit_far_from_the_end_equals_a_fresh_start(lm, sentence):
    text = (sentence * 400)[: FIRST_MOVE - 20]
    session = nw.start_session(lm, text[:-300])
    for length in range(len(text) - 299, len(text)):
        session = session.with_text(text[:length])
    for place, inserted in (
        (100, "tea 茶"),
        (4_095, text[:5_000]),
        (4_096, sentence),
        (8_000, "tea 茶"),
        (8_000, sentence),
    ):
        edited = session.with_text(session.text[:place] + inserted + session.text[place:])
        assert_fresh(lm, edited.with_text(edited.text + "e"))
        assert_fresh(lm, edited.with_text(session.text))


def test_a_turn_of_a_conversation_over_an_anchor(sentence, build_tiny_runtime):
    talks = [nw.Conversation().say("user", sentence).say("assistant", sentence)]
    tokenizer = nw.build_tokenizer([sentence])
    vocabulary = nw.Vocabulary(
        (*tokenizer.vocabulary[:3], "<system>", "<user>", "<assistant>", *tokenizer.vocabulary[3:]),
        roles=("<system>", "<user>", "<assistant>"),
    )
    lm = LanguageModel(nw.Tokenizer(vocabulary), build_tiny_runtime(len(vocabulary)), template=nw.Template())
    text = (sentence.replace(" ", "\n") * 400)[: FIRST_MOVE + 2]
    session = nw.start_session(lm, text[: FIRST_MOVE - 300], conversation=talks[0])
    for length in range(FIRST_MOVE - 299, FIRST_MOVE + 2):
        session = session.with_text(text[:length])
    fresh = nw.start_session(lm, session.text, conversation=talks[0])
    assert all(map(np.array_equal, session.state, fresh.state))
    assert session.predict() == fresh.predict()


@pytest.mark.parametrize("level", ["char", "word", "whitespace"])
def test_a_space_at_the_end_is_read_where_it_is_a_token(build_tiny_runtime, level):
    tokenizer = build_tokenizer(["I like tea"], TokenizerConfig(level=level))
    lm = LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary)))
    for text in ("I like", "I like tea " * 10 + "I"):
        bare = nw.start_session(lm, text)
        for space in (" ", "\u3000", "\t", "  "):
            spaced = nw.start_session(lm, text + space)
            assert (spaced.predict() == bare.predict()) == (level != "char")
            assert spaced.predict() == bare.with_text(text + space).predict()
        if level == "char":
            ids = [2, *tokenizer.ids_of([*text, " "])]
            expected = lm.runtime.advance(lm.runtime.initial_state(), ids)
            assert all(map(np.array_equal, nw.start_session(lm, text + " ").state, expected))
        assert nw.start_session(lm, text + " \n").predict() == nw.start_session(lm, text + "\n").predict()
    assert nw.start_session(lm, " ").predict() == nw.start_session(lm, "").predict()


@pytest.mark.parametrize("invisible", ["\u200b", "\ufeff", "\u00ad"])
def test_the_end_of_a_text_is_seen_behind_any_number_of_invisible_characters(tiny_language_model, invisible):
    assert ending_of("tea" + 1_000 * invisible) == "tea"
    assert ending_of(1_000 * invisible) == ""
    text = "I like gre" + 100 * invisible
    assert [word for word, _ in nw.complete_word(tiny_language_model, text)] == ["green"]
    assert nw.start_session(tiny_language_model, text).accept("green").text == "I like green"
