"""Sessions and contexts: equal to a fresh start to the last bit, whatever is typed, deleted or pasted."""

from itertools import pairwise, takewhile

import numpy as np
import pytest
from counting import Counting
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.transformer.config import TransformerConfig
from nextword.prediction.context import PIECE_CHARACTERS, context_ids, read_context, unfinished_word
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.session import start_session
from nextword.prediction.writing import append_words, last_word_start
from nextword.tokens.characters import clean_text
from nextword.tokens.forms import comparison_form
from nextword.tokens.tokenizer import TokenizerConfig, build_tokenizer

TEXTS = (
    "I like green tea, and you don't. It's well-known: 3.5 cups, 1,000 times...",
    "我喜欢吃苹果，你呢？研究生研究生命。今天天气很好",
    'He said "hello" (quietly) --- and left!',
    "我用 Python 3.11 写字 😀 ，好的",
)
LEVELS = [
    TokenizerConfig(),
    TokenizerConfig(segmenter="characters"),
    TokenizerConfig(level="whitespace"),
    TokenizerConfig(level="char"),
]


@pytest.fixture(scope="module", params=LEVELS, ids=["word", "characters", "whitespace", "char"])
def lm(request, build_tiny_runtime):
    tokenizer = build_tokenizer(TEXTS, request.param)
    return LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary)))


@pytest.fixture(scope="module")
def transformer(build_tiny_runtime):
    """Return a Transformer with a window of 8 tokens, shorter than most texts here."""
    sizes = {"hidden_dim": 8, "num_heads": 2, "context_length": 8}
    tokenizer = build_tokenizer(TEXTS)
    return LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary), kind=TransformerConfig, **sizes))


@pytest.fixture(scope="module")
def mixture(build_tiny_runtime):
    """Return a model whose state reaches far back: an LSTM, n-grams and a recency cache."""
    tokenizer = build_tokenizer(TEXTS)
    size = len(tokenizer.vocabulary)
    ngram = nw.build_ngram(nw.encode_texts(tokenizer, TEXTS), vocabulary_size=size)
    cache = nw.build_cache(tokenizer.vocabulary, nw.CacheConfig(window=20))
    return LanguageModel(tokenizer, MixtureRuntime((build_tiny_runtime(size), ngram, cache), (0.4, 0.3, 0.3)))


ENGLISH = ["I like green tea", "don't", "'", "’", "-", "...", ".", "3.5", "1,000", " you", "a" * 70, '"', "(", "U.S."]
CHINESE = ["，", "。", "我喜欢吃苹果", "研究生", "生命", "很 好", "Ａ", "—"]
OTHERS = [
    "Я люблю зелёный чай, ",
    "나는 녹차를 좋아해 ",
    "été à l’œuvre ",
    "ギリシャ Άλφα ",
    "\u1112\u1161\u11ab ",
    "ˈtʰiː ",
    "_a ",
]
ODD = ["😀", "\u200d", "\u0301", "e\u0301", "\u3000", "\x00", "\u2028", "<unk>", "\ud800", "\ufeff", "well-known "]
SNIPPETS = st.sampled_from([" ", "  ", "\n", "\r\n", *ENGLISH, *CHINESE, *OTHERS, *ODD])
CHARACTERS = st.text(st.sampled_from("ab 我喜，。.-'\n") | st.characters(), max_size=8)
TEXT = st.lists(SNIPPETS | CHARACTERS, max_size=40).map("".join)


def assert_equal(context, fresh):
    assert context.text == fresh.text
    assert context.words == fresh.words
    assert [piece.end for piece in context.pieces] == [piece.end for piece in fresh.pieces]
    assert len(context.states) == len(fresh.states)
    for one, other in zip((*context.states, context.state), (*fresh.states, fresh.state), strict=True):
        assert all(map(np.array_equal, one, other))


@settings(deadline=None, max_examples=100)
@given(TEXT)
def test_a_text_read_in_pieces_is_the_text_read_at_once(lm, text):
    # The cuts lie where the words on both sides do not depend on each other.
    context = read_context(lm, text)
    whole = lm.runtime.advance(lm.runtime.initial_state(), context_ids(lm, text))
    assert all(map(np.array_equal, context.state, whole))
    ends = [0, *(piece.end for piece in context.pieces)]
    assert all(second - first >= PIECE_CHARACTERS for first, second in pairwise(ends))


@settings(deadline=None, max_examples=35)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60), TEXT), max_size=8), TEXT)
def test_any_edit_equals_a_fresh_start(lm, edits, text):
    session = start_session(lm, text)
    for place, deleted, inserted in edits:
        text = text[:place] + inserted + text[place + deleted :]
        session = session.with_text(text)
        assert_equal(session.context, read_context(lm, text))
        assert session.text == text
        assert session.predict(3) == nw.predict_next_word(lm, text, 3)
        assert session.complete(3) == nw.complete_word(lm, text, top_k=3)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60), TEXT), max_size=5), TEXT)
def test_any_edit_of_a_mixture_with_a_cache_equals_a_fresh_start(mixture, edits, text):
    session = start_session(mixture, text)
    for place, deleted, inserted in edits:
        text = text[:place] + inserted + text[place + deleted :]
        session = session.with_text(text)
        assert_equal(session.context, read_context(mixture, text))
        assert session.predict(3) == nw.predict_next_word(mixture, text, 3)


@settings(deadline=None, max_examples=12)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60), TEXT), max_size=5), TEXT)
def test_any_edit_far_beyond_the_window_of_a_transformer_equals_a_fresh_start(transformer, edits, text):
    # Each state is kept while others are read on from it, and is still what it was.
    sessions = [start_session(transformer, text)]
    for place, deleted, inserted in edits:
        text = text[:place] + inserted + text[place + deleted :]
        sessions.append(sessions[-1].with_text(text))
    for session in sessions:
        assert_equal(session.context, read_context(transformer, session.text))
        assert session.predict(3) == nw.predict_next_word(transformer, session.text, 3)
        assert session.complete(3) == nw.complete_word(transformer, session.text, top_k=3)


def test_typing_and_deleting_key_by_key_beyond_the_window_equals_a_fresh_start(transformer):
    text = "I like green tea, and you don't. 我喜欢吃苹果，你呢？研究生研究生命。It's well-known: 3.5 cups"
    assert len(context_ids(transformer, text)) > 3 * transformer.runtime.config.context_length
    typed = [text[:length] for length in range(len(text) + 1)]
    edited = [text[:place] + "茶" + text[place:] for place in range(0, len(text), 7)]
    session = start_session(transformer)
    for now in [*typed, *edited, *typed[::-1]]:
        session = session.with_text(now)
        assert_equal(session.context, read_context(transformer, now))
    words = ("tea", ",", "我", "喜欢") * 8
    for word in words:
        session = session.advance(word)
    ids = [2, *transformer.tokenizer.ids_of(words)]
    fresh = transformer.runtime.advance(transformer.runtime.initial_state(), ids)
    assert all(map(np.array_equal, session.state, fresh))


@settings(deadline=None, max_examples=20)
@given(TEXT)
def test_typing_key_by_key_equals_a_fresh_start(lm, text):
    session = start_session(lm)
    for length in range(1, min(len(text), 60)):
        session = session.with_text(text[:length])
    assert_equal(session.context, read_context(lm, session.text))


def test_a_text_of_which_only_the_tail_counts(lm):
    text = ("I like green tea, and you don't. 我喜欢吃苹果，你呢？\n" * 400)[:12_288]  # read from 8,192 on
    session = start_session(lm, text)
    for edited in (text + "I like", text[:9_000] + "茶 " + text[9_000:], text[:8_193]):
        session = session.with_text(edited)
        assert_equal(session.context, read_context(lm, edited))


@pytest.mark.parametrize(
    "sentence", ["Я люблю зелёный чай. ", "나는 녹차를 좋아해. ", "Été à l’œuvre, ", "I like tea. "]
)
def test_a_text_with_spaces_has_pieces_in_any_script(lm, sentence):
    pieces = read_context(lm, sentence * 40).pieces
    assert len(pieces) > len(sentence * 40) / 2.5 / PIECE_CHARACTERS or lm.tokenizer.config.level == "char"


def test_only_what_changed_is_read(lm):
    runtime = Counting(lm.runtime)
    text = "I like green tea, and you like black tea; " * 40
    session = start_session(LanguageModel(lm.tokenizer, runtime), text)
    each = runtime.tokens / len(text)  # tokens a character
    runtime.tokens = 0
    session.with_text(text + "t").predict()
    assert runtime.tokens < 2 * PIECE_CHARACTERS * each
    runtime.tokens = 0
    session.with_text(text[:1000] + "x" + text[1000:]).predict()
    assert runtime.tokens < (len(text) - 1000 + 2 * PIECE_CHARACTERS) * each


# What is accepted and advanced.

HANDS = [
    # What does not go on from the last word is the next word.
    ("I like green tea", ".", "I like green tea."),
    ("I like green tea", "too", "I like green tea too"),
    ("妹妹喜欢", "吃", "妹妹喜欢吃"),
    ("喜欢", "吃", "喜欢吃"),
    ("我喜欢喝", "茶", "我喜欢喝茶"),
    ("yes", "!", "yes!"),
    ("tea, ", "black", "tea, black"),
    ("I like tea", "😀", "I like tea 😀"),
    ("😀", "😀", "😀😀"),
    ("I like tea.", "...", "I like tea. ..."),
    ("green te", "green tea", "green te green tea"),
    # What goes on from it takes its place, and the finished word is replaced by itself.
    ("I like gr", "green", "I like green"),
    ("I like GR", "green", "I like green"),
    ("I like gr", "Green", "I like Green"),
    ("I like gr", "green tea", "I like green tea"),
    ("I like gr", " green", "I like green"),
    ("tea", "tea", "tea"),
    ("我喜", "喜欢", "我喜欢"),
    ("我喜欢吃苹", "苹果", "我喜欢吃苹果"),
    ("苹 果", "苹果汁", "苹 果汁"),
    ("苹\u3000果", "苹果", "苹\u3000果"),
    ("don'", "don't", "don't"),
    ("well-", "well-known", "well-known"),
    ("don’", "don't", "don’t"),
    ("don\u02bc", "don't", "don\u02bct"),
    ("Don\uff07", "don't", "don\uff07t"),
    ("don’t", "don't", "don’t"),
    ("well\u2011", "well-known", "well\u2011known"),
    ("I like ｇｒ", "Green", "I like Ｇｒｅｅｎ"),
    # What stands before it stays as it is.
    ("I\tlike\u00a0gr", "green", "I\tlike\u00a0green"),
    ("cafe\u0301\r\n\r\nI like\u3000gr", "green", "cafe\u0301\r\n\r\nI like\u3000green"),
    ("\ufeff\u200bun\t cafe\u0301", "café", "\ufeff\u200bun\t café"),
    ("a\r\n \u00adg\u00adr", "green", "a\r\n \u00adgreen"),
    ("a\u2028gr\u200b", "green", "a\u2028green"),
    ("我\u200b喜", "喜欢", "我\u200b喜欢"),
    ("a\u200b" * 5_000 + "\tgr", "green", "a\u200b" * 5_000 + "\tgreen"),
    # Quotes, brackets, hyphens and apostrophes.
    ('He said "', "tea", 'He said "tea'),
    ('He said "tea', '"', 'He said "tea"'),
    ('"tea" ' * 900 + '"tea', '"', '"tea" ' * 900 + '"tea"'),
    ('"tea" ' * 900 + "tea", '"', '"tea" ' * 900 + 'tea "'),
    ("tea", "(", "tea ("),
    ("tea (", "green", "tea (green"),
    ("well-", "known", "well-known"),
    ("tea -", "green", "tea - green"),
    ("don", "'t", "don't"),
    ("do", "n’t", "don’t"),
    ("don’", "t", "don’t"),
    ("tea", "‘", "tea ‘"),
    ("tea", ":)", "tea :)"),
    ("茶", "tea", "茶tea"),
]


@pytest.fixture(scope="module")
def of_words(build_tiny_runtime):
    texts = (*TEXTS, "yes! I like black coffee, too. café 妹妹喜欢吃", "well-known", "don't")
    tokenizer = build_tokenizer(texts)
    return LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary)))


@pytest.mark.parametrize(("text", "word", "accepted"), HANDS)
def test_accepting_deletes_nothing_that_the_suggestion_does_not_contain(of_words, text, word, accepted):
    session = start_session(of_words, text)
    now = session.accept(word)
    assert now.text == accepted
    assert session.text == text
    assert now.predict() == nw.predict_next_word(of_words, accepted)
    assert start_session(of_words).with_text(text).accept(word).text == accepted


def test_in_a_turn_of_a_conversation_words_are_accepted_alike(build_tiny_runtime):
    roles = ("<system>", "<user>", "<assistant>")
    vocabulary = nw.Vocabulary(("<pad>", "<unk>", "<eos>", *roles, "I", "like", "green", "."), roles=roles)
    lm = LanguageModel(nw.Tokenizer(vocabulary), build_tiny_runtime(len(vocabulary)), template=nw.Template())
    talk = nw.Conversation().say("user", "I like tea.")
    session = start_session(lm, "I\r\nlike\tgr", conversation=talk)
    accepted = session.accept("green", space=True).accept(".")
    assert accepted.text == "I\r\nlike\tgreen."
    assert accepted.predict() == start_session(lm, accepted.text, conversation=talk).predict()
    for text in ("\n", "tea\n", "\r", "a\u2028b"):
        for write in (session.advance, session.accept):
            with refuses(nw.InputError, "line-break-in-turn"):
                write(text)


ADVANCED = [
    (["tea "], "I like tea "),
    ([" tea"], "I like tea"),
    (["tea."], "I like tea."),
    (["green tea"], "I like green tea"),
    (["tea\n"], "I like tea\n"),
    (["tea\r\n", "You"], "I like tea\r\nYou"),
    (["\n", "\n", "You"], "I like\n\nYou"),
    (["tea ", " green"], "I like tea green"),
    (["don't"], "I like don't"),
    (["do", "n't ", "you"], "I like don't you"),
    (["don’", "t ", "It", "'s ", "tea"], "I like don’t It's tea"),
    (["cafe\u0301"], "I like cafe\u0301"),
    # A mark goes before the space that came with a word, other things do not.
    (["tea ", "."], "I like tea."),
    (["tea ", ", ", "too ", "!"], "I like tea, too!"),
    (["tea ", ")"], "I like tea)"),
    (["tea ", "，"], "I like tea，"),
    (["tea ", "\n", "You"], "I like tea\nYou"),
    (["tea ", "("], "I like tea ("),
    (["tea ", "“"], "I like tea “"),
    (["tea ", "$"], "I like tea $"),
    (["tea ", "苹果"], "I like tea 苹果"),
    (['"tea ', '"', "."], 'I like "tea".'),
    (["tea\u3000", "."], "I like tea\u3000."),
    (["tea\t", "."], "I like tea\t."),
]


@pytest.mark.parametrize(("words", "text"), ADVANCED)
def test_what_is_advanced_is_read_as_it_is_written(of_words, words, text):
    session = start_session(of_words, "I like")
    for word in words:
        session = session.advance(word)
    assert session.text == text
    assert session.predict() == nw.predict_next_word(of_words, text)


def test_what_is_advanced_makes_one_text_with_what_was_there(of_words):
    # The characters of a word, one after the other, are the word.
    assert start_session(of_words, "我").advance("喜").advance("欢").predict() == nw.predict_next_word(
        of_words, "我喜欢"
    )
    start = start_session(of_words)
    assert start.advance("tea").complete() == nw.complete_word(of_words, "tea ")  # the word is finished
    assert start.advance("tea").accept("team").text == "tea team"
    assert start.with_text("te").accept("tea").accept("tea").text == "tea tea"
    assert start.with_text("te").accept("tea").with_text("tea").accept("tea").text == "tea tea"
    assert start.advance("te").with_text("tea").accept("team").text == "team"  # and typed on


@pytest.mark.parametrize(
    "text",
    [
        "I like gr",
        "don",
        "don’",
        "WELL",
        "well\u2011",
        "ｇ",
        "g\u00adr",
        "I\u3000caf",
        "妹妹喜",
        "我喜欢吃苹",
        "Yes\u200b",
    ],
)
def test_every_completion_takes_the_place_of_what_it_completes(of_words, text):
    session = start_session(of_words, text)
    typed, _ = unfinished_word(of_words, session.context)
    before = text[: last_word_start(text, typed)]
    completions = session.complete(50)
    assert completions
    for word, _ in completions:
        accepted = session.accept(word).text
        assert accepted.startswith(before)
        assert comparison_form(accepted[len(before) :]) == comparison_form(word)


def test_a_space_behind_a_suggestion(of_words):
    def write(text, *words):
        session = start_session(of_words, text)
        for word in words:
            session = session.accept(word, space=True)
            assert session.predict() == nw.predict_next_word(of_words, session.text)
        return session.text

    assert write("I like gr", "green") == "I like green "
    assert write("I like gr", "green", "tea", ",", "too", ".", "You") == "I like green tea, too. You "
    assert write("He said", '"', "tea", '"', ".") == 'He said "tea". '
    assert write("tea", "(", "green", ")", "，", "茶") == "tea (green)，茶"
    assert write("我喜", "喜欢", "苹果", "。") == "我喜欢苹果。"
    assert write("tea", "\n", "You") == "tea\nYou "
    assert write("tea", "green ") == "tea green "
    # What the user typed stays.
    for text in ("tea ", "tea  ", "tea\u00a0", "tea\t"):
        assert write(text, ".").startswith(text)
    typed = start_session(of_words, "te").accept("tea", space=True).with_text("tea ").with_text("tea  ")
    assert typed.accept(".").text == "tea  ."
    with refuses(nw.ConfigError, "option-out-of-range", option="space"):
        start_session(of_words).accept("tea", space=1)


@pytest.mark.parametrize("level", ["char", "whitespace"])
def test_at_other_levels_words_are_written_by_their_rules(build_tiny_runtime, level):
    tokenizer = build_tokenizer(["I like tea . You like green tea ."], TokenizerConfig(level=level))
    lm = LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary)))
    session = start_session(lm, "I like")
    for word in ["tea", ".", "You"] if level == "whitespace" else [" ", "t", "e", "a", " ", ".", " ", "You"]:
        session = session.advance(word)
        assert session.predict() == nw.predict_next_word(lm, session.text)
    assert session.text == "I like tea . You"
    spaced = start_session(lm, "I like").accept("tea .", space=True).accept("You", space=True).text
    assert spaced == ("I like tea . You " if level == "whitespace" else "I liketea .You")
    assert start_session(lm, "I like te").accept("tea").text == (
        "I like tea" if level == "whitespace" else "I like tetea"
    )


WORD = st.one_of(
    st.sampled_from(
        ["tea", "green", ".", ",", "，", "！", "(", '"', "'", "’", "-", "…", "😀", "喜欢", "苹果", "don't", "\n"]
    ),
    st.sampled_from(
        ["Tea ", " tea", "tea.", "green tea", "tea\r\n", "e\u0301", "g\u00adreen", "\u200btea", "ＴＥＡ", ":)"]
    ),
    TEXT,
)
KEY = st.sampled_from(
    ["\b", "\b", "a", "t", "e", " ", ".", "我", "喜", "，", "\t", "\r\n", "\u00a0", "\u0301", "\u00ad", "😀"]
)
LONG = "I like\tgreen tea\u00a0, cafe\u0301.\r\n我喜欢吃苹果，你呢？\u3000" * 300


def letters(text):
    return "".join(comparison_form(text).split())


def is_space(character):
    return clean_text(character) in (" ", "\n")


def assert_nothing_lost(before, word, after, own_space):
    """Check that the word takes the place only of an end without white space that it begins with."""
    kept = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    deleted = before[kept:]
    if not deleted or (own_space and deleted == " "):
        return
    assert not any(map(is_space, deleted))
    run = next((place for place in range(len(before), 0, -1) if is_space(before[place - 1])), 0)
    ends = [letters(before[start:]) for start in range(run, kept + 1)]
    assert any(end and letters(word).startswith(end) for end in ends), (before, word, after)


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(["", "I like\tgr", "我喜欢\u3000吃苹", LONG[:4_090], LONG[:8_186]]) | TEXT, st.data())
def test_any_hand_leaves_what_is_there_and_equals_a_fresh_start(of_words, text, data):
    session = start_session(of_words, text)
    for _ in range(data.draw(st.integers(1, 6))):
        before = session
        kind = data.draw(st.sampled_from(["key", "accept", "accept", "suggested", "completed", "advance"]))
        if kind == "key":
            key = data.draw(KEY)
            session = session.with_text(session.text[:-1] if key == "\b" else session.text + key)
        else:
            offered = {"suggested": before.predict, "completed": before.complete}.get(kind)
            words = [word for word, _ in offered(4)] if offered else []
            word = data.draw(st.sampled_from(words) if words else WORD)
            space = data.draw(st.booleans())
            if not clean_text(word).strip(" "):
                with refuses(nw.InputError, "word-empty"):
                    session.accept(word)
                continue
            session = session.advance(word) if kind == "advance" else session.accept(word, space=space)
            if kind == "advance":
                stays = before.text.removesuffix(" ") if before.own_space else before.text
                assert session.text.startswith(stays)
                assert session.text.endswith(word.lstrip(" "))
            else:
                assert_nothing_lost(before.text, word, session.text, before.own_space)
        assert_equal(session.context, read_context(of_words, session.text))
        assert session.predict(3) == nw.predict_next_word(of_words, session.text, 3)
        assert before.with_text(before.text) is before  # undo


def test_a_session_is_immutable_so_undo_is_the_old_value(tiny_language_model):
    first = start_session(tiny_language_model, "I like")
    before = first.predict()
    second = first.advance("green").advance("tea")
    third = second.with_text("我喜欢")
    assert (first.text, second.text, third.text) == ("I like", "I like green tea", "我喜欢")
    assert first.predict() == before
    assert second.predict() == nw.predict_next_word(tiny_language_model, "I like green tea")
    with pytest.raises(AttributeError):
        first.words = ()


def test_advance_appends_with_the_right_spaces(tiny_language_model):
    session = (
        start_session(tiny_language_model, "我喜欢")
        .advance("喝")
        .advance("茶")
        .advance("。")
        .advance("\n")
        .advance("I")
    )
    assert session.text == "我喜欢喝茶。\nI"
    assert session.advance(",").advance("too").text == "我喜欢喝茶。\nI, too"
    assert start_session(tiny_language_model, "I ").advance("like").text == "I like"
    assert start_session(tiny_language_model).advance("I").text == "I"
    unknown = start_session(tiny_language_model).advance("unheard")
    assert unknown.predict() == nw.predict_next_word(tiny_language_model, "unheard")


def test_a_suggestion_replaces_the_unfinished_word(tiny_language_model):
    assert start_session(tiny_language_model, "I like gr").accept("green").text == "I like green"
    assert start_session(tiny_language_model, "I like ").accept("green").text == "I like green"
    assert start_session(tiny_language_model, "我喜欢吃苹").accept("苹果").text == "我喜欢吃苹果"
    assert start_session(tiny_language_model, "I").advance("like").accept("tea").text == "I like tea"
    accepted = start_session(tiny_language_model, "I like gr").accept("green")
    assert accepted.predict() == nw.predict_next_word(tiny_language_model, "I like green")


@settings(deadline=None)
@given(TEXT, st.lists(st.sampled_from(["tea", "我", "，", ",", "喜欢", '"', "'", "\n", "-", "."]), max_size=5))
def test_appending_keeps_the_text(text, words):
    tokenizer = build_tokenizer(TEXTS)
    continued = append_words(tokenizer, text, words)
    assert continued.startswith(text)
    assert "".join(continued[len(text) :].split()) == "".join(words).replace("\n", "")


@pytest.mark.parametrize("method", ["with_text", "advance", "accept"])
def test_what_is_no_text_is_refused(tiny_language_model, method):
    argument = "text" if method == "with_text" else "word"
    with refuses(nw.InputTypeError, "text-not-str", argument=argument, received="int"):
        getattr(start_session(tiny_language_model), method)(3)


def test_arguments_of_a_wrong_kind_are_refused(tiny_language_model):
    with refuses(nw.InputTypeError, "text-not-str", argument="text", received="NoneType"):
        start_session(tiny_language_model, None)
    for append in (start_session(tiny_language_model).advance, start_session(tiny_language_model, "te").accept):
        for blank in ("", " ", "\t\u3000", "\u200b", "\ufeff\u00ad"):
            with refuses(nw.InputError, "word-empty", word=blank):
                append(blank)
    with refuses(nw.ConfigError, "option-out-of-range", option="top_k"):
        start_session(tiny_language_model).predict(0)


def test_equal_from_threads_and_forks(tiny_language_model):
    import concurrent.futures
    import multiprocessing
    import warnings

    lm = tiny_language_model
    texts = [text[:length] for text in TEXTS for length in range(0, len(text), 2)]
    expected = [nw.predict_next_word(lm, text) for text in texts]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        for _ in range(4):
            assert list(pool.map(lambda text: nw.predict_next_word(lm, text), texts)) == expected
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("no fork here")
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of a fork beside threads
        child = context.Process(target=lambda: answers.put([nw.predict_next_word(lm, text) for text in texts]))
        child.start()
    assert answers.get(timeout=60) == expected
    child.join()


@settings(deadline=None, max_examples=25)
@given(st.lists(TEXT, max_size=70), st.integers(1, 9))
def test_many_texts_at_once_are_as_one_by_one(tiny_language_model, texts, top_k):
    together = nw.predict_next_words(tiny_language_model, iter(texts), top_k=top_k)
    assert len(together) == len(texts)
    for text, predictions in zip(texts, together, strict=True):
        alone = nw.predict_next_word(tiny_language_model, text, top_k)
        np.testing.assert_allclose([p for _, p in predictions], [p for _, p in alone], atol=1e-5)
        probabilities = nw.next_word_probabilities(tiny_language_model, text)
        ids = [tiny_language_model.vocabulary.id_of(word) for word, _ in predictions]
        np.testing.assert_allclose([p for _, p in predictions], probabilities[ids], atol=1e-5)


def test_a_batch_refuses_a_single_text(tiny_language_model):
    with refuses(nw.InputTypeError, "single-text"):
        nw.predict_next_words(tiny_language_model, "I like")
    with refuses(nw.ConfigError, "option-out-of-range", option="top_k"):
        nw.predict_next_words(tiny_language_model, ["I like"], top_k=0)
