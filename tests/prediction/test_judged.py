"""What is judged of texts and of conversations, and from where."""

import io
from collections import Counter

import numpy as np
import pytest
from refusals import refuses

import nextword as nw
from nextword.prediction.dialogue import opening_state
from nextword.prediction.judged import check_as_stream, judged_passages, read_judged
from nextword.tokens.template import ROLE_TOKENS, Template
from nextword.tokens.tokenizer import tokenizer_from_counts
from nextword.tokens.vocabulary import EOS_ID

TALKS = (
    nw.Conversation((("system", "You like tea."), ("user", "Tea?"), ("assistant", "Yes,\nplease."))),
    nw.Conversation((("user", "Nobody answers."),)),
    nw.Conversation(
        (("assistant", "Hello!"), ("user", "我喜欢茶"), ("assistant", "我喜欢喝 茶"), ("assistant", "tea"))
    ),
)


@pytest.fixture(scope="module")
def talker(build_tiny_runtime):
    """A model of conversations that looks back on few tokens."""
    counts = Counter("You like tea . Tea ? Yes , please Hello ! 我 喜欢 喝茶".split())
    tokenizer = tokenizer_from_counts(counts, nw.TokenizerConfig(), dict.fromkeys(ROLE_TOKENS, 1))
    runtime = build_tiny_runtime(len(tokenizer.vocabulary))
    return nw.build_language_model(tokenizer, runtime, template=Template(window=8))


def test_a_text_begins_after_one_line_end_and_ends_with_one(tiny_language_model):
    lm = tiny_language_model
    texts = ["I like\ntea.", "", "茶 rum"]
    judged = list(read_judged(lm, iter(texts)))
    assert [each.source for each in judged] == [0, 1, 2]
    assert [each.words for each in judged] == [lm.tokenizer.split(text) for text in texts]
    for text, each in zip(texts, judged, strict=True):
        assert each.passage.before.tolist() == [EOS_ID]
        assert each.passage.ids.tolist() == [*lm.tokenizer.encode(text).tolist(), EOS_ID]
    assert judged_passages(judged, as_stream=False) == tuple(each.passage for each in judged)
    (stream,) = judged_passages(judged, as_stream=True)
    np.testing.assert_array_equal(stream.ids, nw.encode_texts(lm.tokenizer, texts))


def test_replies_begin_where_a_reply_begins(talker):
    judged = list(read_judged(talker, TALKS))
    assert [each.source for each in judged] == [0, 2, 2, 2]
    assert [each.words for each in judged] == [
        ["Yes", ",", "please", "."],
        ["Hello", "!"],
        ["我", "喜欢", "喝茶"],
        ["tea"],
    ]
    turns = [(0, 2), (2, 0), (2, 2), (2, 3)]
    for (talk, turn), each in zip(turns, judged, strict=True):
        earlier = nw.Conversation(TALKS[talk].turns[:turn])
        state = opening_state(talker, earlier, "assistant")
        reached = talker.runtime.advance(talker.runtime.initial_state(), each.passage.before)
        for one, other in zip(state, reached, strict=True):
            np.testing.assert_array_equal(one, other)
        assert each.passage.ids[-1] == EOS_ID
    assert len(judged[0].passage.before) < 3 + len("You like tea . Tea ?".split()) + 4  # the window cuts


def test_a_turn_of_weight_0_is_read_and_not_judged(talker):
    turns = TALKS[2].turns  # three turns of "assistant", the second of them without a weight
    every = list(read_judged(talker, [TALKS[2]]))
    judged = list(read_judged(talker, [nw.Conversation(turns, (1, 1, 0, 1))]))
    assert [each.words for each in judged] == [["Hello", "!"], ["tea"]]
    for each, same in zip(judged, (every[0], every[2]), strict=True):
        np.testing.assert_array_equal(each.passage.before, same.passage.before)
    with refuses(nw.InputError, "no-texts"):
        nw.evaluate(talker, [nw.Conversation(turns, (0, 1, 0, 0))])


@pytest.mark.parametrize("opening", [(), (("system", "You like tea."),)])
def test_a_long_conversation_is_read_by_its_window(talker, opening):
    turns = [*opening, *[("user", "Tea?"), ("assistant", "Yes")] * 20, ("user", "我 喜欢 茶"), ("assistant", "tea")]
    judged = list(read_judged(talker, [nw.Conversation(tuple(turns))]))
    assert len(judged) == 21
    for number, each in zip(range(len(opening) + 1, len(turns), 2), judged, strict=True):
        before = talker.template.encode(talker.tokenizer, nw.Conversation(tuple(turns[:number])), "assistant")
        np.testing.assert_array_equal(each.passage.before, before)


def test_a_text_is_a_first_reply_of_a_model_of_conversations(talker):
    (each,) = read_judged(talker, ["Yes,\nplease."])
    (reply,) = read_judged(talker, [nw.Conversation((("assistant", "Yes,\nplease."),))])
    assert each.words == reply.words == ["Yes", ",", "please", "."]
    for one, other in zip(each.passage, reply.passage, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_open_file_is_judged_line_by_line(tiny_language_model):
    of_file = read_judged(tiny_language_model, io.StringIO("tea\ntea tea\n"))
    assert [judged.words for judged in of_file] == [["tea"], ["tea", "tea"]]


def test_what_is_neither_is_refused(tiny_language_model, talker):
    for lm in (tiny_language_model, talker):
        for given, code in (("tea", "single-text"), (b"tea", "texts-not-iterable"), (3, "texts-not-iterable")):
            with refuses(nw.InputTypeError, code):
                list(read_judged(lm, given))
        with refuses(nw.InputTypeError, "text-not-str", position=1):
            list(read_judged(lm, ["tea", TALKS[0]]))
        with refuses(nw.InputTypeError, "texts-are-an-array"):
            read_judged(lm, np.array([["tea"]]))
        with refuses(nw.InputTypeError, "texts-are-binary"):
            read_judged(lm, io.BytesIO(b"tea"))
        with refuses(nw.InputError, "list-of-files"):
            list(read_judged(lm, ["data/a.txt", "data/b.txt"]))
        assert list(read_judged(lm, [])) == []
    with refuses(nw.InputTypeError, "texts-not-iterable"):
        list(read_judged(talker, TALKS[0]))
    with refuses(nw.InputTypeError, "item-not-conversation", position=1, received="str"):
        list(read_judged(talker, [TALKS[0], "tea"]))
    with refuses(nw.InputError, "no-template"):
        list(read_judged(tiny_language_model, TALKS))


def test_conversations_do_not_read_on(tiny_language_model, talker):
    check_as_stream(True, tiny_language_model)
    check_as_stream(False, talker)
    with refuses(nw.ConfigError, "stream-of-conversations"):
        check_as_stream(True, talker)
    with refuses(nw.ConfigError, "option-out-of-range", option="as_stream", value=1):
        check_as_stream(1, tiny_language_model)


def test_replies_are_evaluated_and_calibrated(talker):
    figures = nw.evaluate(talker, iter(TALKS))
    nats = tokens = hits = 0
    for each in read_judged(talker, TALKS):
        state = talker.runtime.advance(talker.runtime.initial_state(), each.passage.before)
        for token_id in each.passage.ids.tolist():
            row = talker.runtime.log_probabilities(state)[0]
            nats -= float(row[token_id])
            words = row[talker.vocabulary.first_word :]
            hits += token_id != EOS_ID and np.count_nonzero(words > row[token_id]) < 3
            tokens += 1
            state = talker.runtime.advance(state, [token_id])
    assert figures.tokens == tokens == 5 + 3 + 4 + 2
    assert figures.perplexity == pytest.approx(np.exp(nats / tokens), rel=1e-5)
    assert figures.recall_at[3] == pytest.approx(hits / (tokens - 4))
    assert (figures.read_as, figures.texts, figures.oov_rate) == ("replies", 2, 0.0)
    assert figures.characters == len("Yes, please.") + len("Hello!") + len("我喜欢喝茶") + len("tea") + 4
    assert "replies of 2 conversations" in str(figures)
    assert list(figures.baselines) == ["unigram"]
    assert nw.calibrate(talker, TALKS).runtime.shape.temperature == nw.fit_temperature(talker, iter(TALKS))
    with refuses(nw.InputError, "no-texts"):
        nw.evaluate(talker, TALKS[1:2])
    with refuses(nw.InputError, "no-text"):
        nw.calibrate(talker, TALKS[1:2])
    for call in (nw.evaluate, nw.calibrate):
        with refuses(nw.ConfigError, "stream-of-conversations"):
            call(talker, TALKS, as_stream=True)
