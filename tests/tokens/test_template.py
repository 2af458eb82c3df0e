"""How conversations are written as token ids, and what of a long one is read."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.corpus.stream import read_corpus
from nextword.tokens.template import ROLE_TOKENS, encode_turn, in_window, role_id

TALK = nw.Conversation().say("system", "Be brief.").say("user", "Tea, or\r\nmilk?").say("assistant", "喜欢 茶。")


def tokenizer_of(config: nw.TokenizerConfig = nw.TokenizerConfig()) -> nw.Tokenizer:
    corpus = read_corpus([TALK], config)
    return corpus.tokenizer_of(np.ones(len(corpus.loss_mask), np.bool_), config)


def test_a_turn_is_its_role_its_text_on_one_line_and_an_end() -> None:
    tokenizer = tokenizer_of()
    assert tokenizer.vocabulary.roles == ROLE_TOKENS == tokenizer.vocabulary[3:6]
    assert [role_id(role) for role in ("system", "user", "assistant")] == [3, 4, 5]
    words = [tokenizer.vocabulary[i] for i in encode_turn(tokenizer, "user", "Tea, or\r\n\nmilk?")]
    assert words == ["<user>", "Tea", ",", "or", "milk", "?", "<eos>"]
    read = [tokenizer.vocabulary[i] for i in nw.Template().encode(tokenizer, TALK, "user")]
    assert read[:4] == ["<eos>", "<system>", "Be", "brief"]
    assert read[-3:] == ["。", "<eos>", "<user>"]
    assert nw.Template().encode(tokenizer, nw.Conversation(), "assistant").tolist() == [2, 5]


def test_line_breaks_are_spaces_at_every_level() -> None:
    for level in ("word", "whitespace", "char"):
        tokenizer = tokenizer_of(nw.TokenizerConfig(level=level))
        turns = [encode_turn(tokenizer, "user", text).tolist() for text in ("Tea,\u2028or", "Tea,\r\n or", "Tea, or")]
        assert turns[0] == turns[1] == turns[2], level
        assert turns[0].count(2) == 1


TURNS = st.lists(st.integers(1, 30), max_size=8)


@settings(deadline=None)
@given(TURNS, st.integers(8, 40), st.booleans())
def test_what_is_read_fits_the_window(lengths: list[int], window: int, has_instruction: bool) -> None:
    turns = [np.array([3 + n % 3, *range(100 * n, 100 * n + length), 2]) for n, length in enumerate(lengths, start=1)]
    before = [turn.tolist() for turn in turns]
    has_instruction = has_instruction and bool(turns)
    read = [turn.tolist() for turn in in_window(turns, window, has_instruction=has_instruction)]
    assert [turn.tolist() for turn in turns] == before
    assert sum(map(len, read)) <= window
    if sum(map(len, before)) <= window:
        assert read == before
        return
    if has_instruction:
        instruction = read.pop(0)
        assert instruction == before[0] or (
            len(instruction) == window // 2 and instruction[:-1] == before[0][: len(instruction) - 1]
        )
        assert instruction[-1] == 2
    others = before[has_instruction:]
    if not others:
        assert not read
        return
    assert read
    if len(read) > 1 or read[0] in others:
        assert read == others[-len(read) :]  # the newest, none left out between
        rest = others[: len(others) - len(read)]
        used = sum(map(len, read)) + (len(instruction) if has_instruction else 0)
        assert not rest or used + len(rest[-1]) > window
    else:  # the newest alone is too long: its role, and its end
        (only,) = read
        assert only[0] == others[-1][0]
        assert only[1:] == others[-1][len(others[-1]) - len(only) + 1 :]


def test_the_window_of_a_template_is_kept() -> None:
    tokenizer = tokenizer_of()
    long = TALK.say("user", "Tea " * 50 + "milk")
    ids = nw.Template(window=12).encode(tokenizer, long, "assistant")
    assert len(ids) == 14
    assert [tokenizer.vocabulary[i] for i in ids[:5]] == ["<eos>", "<system>", "Be", "brief", "."]
    assert [tokenizer.vocabulary[i] for i in ids[-4:]] == ["Tea", "milk", "<eos>", "<assistant>"]


@pytest.mark.parametrize("window", [7, 0, -1, 1.5, "9", True, None])
def test_windows_out_of_range_are_refused(window: object) -> None:
    with refuses(nw.ConfigError, "option-out-of-range", option="window", value=window):
        nw.Template(window=window)  # type: ignore[arg-type]
    if window is not None:
        with refuses(nw.ConfigError, "option-out-of-range", option="window", value=window):
            nw.DialogueConfig(window=window)  # type: ignore[arg-type]


def test_the_window_comes_from_the_options_or_the_network() -> None:
    class Network:
        context_length = 100

    assert nw.DialogueConfig().template_for(nw.LSTMConfig()).window == 256
    assert nw.DialogueConfig().template_for(Network()).window == 50
    assert nw.DialogueConfig(window=33).template_for(Network()).window == 33
    with refuses(nw.ConfigError, "window-too-long", window=51, context_length=100, needed_context_length=102):
        nw.DialogueConfig(window=51).template_for(Network())
    Network.context_length = 14  # half of which is less than the shortest window
    with refuses(nw.ConfigError, "window-too-long", window=None, context_length=14, needed_context_length=16):
        nw.DialogueConfig().template_for(Network())
    with refuses(nw.ConfigError, "option-out-of-range", option="replies_only", value=1):
        nw.DialogueConfig(replies_only=1)  # type: ignore[arg-type]
